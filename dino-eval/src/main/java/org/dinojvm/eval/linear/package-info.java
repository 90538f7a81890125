/** Linear classifiers on frozen features: how they are trained, scored and kept. */
package org.dinojvm.eval.linear;
