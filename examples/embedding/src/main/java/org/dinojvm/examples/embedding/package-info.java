/** A program that embeds pictures. */
package org.dinojvm.examples.embedding;
