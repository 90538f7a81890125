/** Programs that use DINO as a library. */
package org.dinojvm.examples;
