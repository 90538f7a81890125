/** XCiT: cross-covariance attention, local patch interaction and class attention. */
package org.dinojvm.model.xcit;
