/** Checks of objectives other than DINO: losses, heads, training steps. */
package org.dinojvm.verify.objective;
