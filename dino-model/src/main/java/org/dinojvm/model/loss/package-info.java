/** The losses of DINO and of other methods, and what several of them share. */
package org.dinojvm.model.loss;
