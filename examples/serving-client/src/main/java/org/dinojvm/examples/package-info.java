/** A client of TensorFlow Serving. */
package org.dinojvm.examples;
