/** Which patches masked methods hide, and the tokens at those places. */
package org.dinojvm.model.mask;
