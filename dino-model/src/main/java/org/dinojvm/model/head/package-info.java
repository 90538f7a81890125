/** Projection and prediction heads of methods other than DINO. */
package org.dinojvm.model.head;
