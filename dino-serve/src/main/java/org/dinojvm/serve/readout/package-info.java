/** What an export makes of a network's tokens: other features, classes. */
package org.dinojvm.serve.readout;
