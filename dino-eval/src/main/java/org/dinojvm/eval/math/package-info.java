/** Linear algebra and statistics in double precision, for what is measured of features. */
package org.dinojvm.eval.math;
