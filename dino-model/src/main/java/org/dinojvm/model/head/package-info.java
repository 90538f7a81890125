/** Projection and prediction heads, and the network of a backbone and DINO's head. */
package org.dinojvm.model.head;
