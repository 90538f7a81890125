/**
 * Compiled regions and gradients written in Java: what this project adds to graph building in
 * TensorFlow for Java. Knows nothing of networks.
 *
 * <p>What is kept for a graph is kept as long as the graph ({@link
 * org.dinojvm.model.xla.GraphMemory}), and nothing is kept for a process.
 */
package org.dinojvm.model.xla;
