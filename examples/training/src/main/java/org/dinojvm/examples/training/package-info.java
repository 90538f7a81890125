/** A program that trains. */
package org.dinojvm.examples.training;
