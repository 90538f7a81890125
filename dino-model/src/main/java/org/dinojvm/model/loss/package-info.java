/** Losses of methods other than DINO, and what several of them share. */
package org.dinojvm.model.loss;
