/** Pictures and masks in Java: read, resized as the published evaluations do it, written. */
package org.dinojvm.eval.pixels;
