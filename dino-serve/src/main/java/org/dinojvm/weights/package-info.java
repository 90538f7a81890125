/**
 * Weights in files, without Python: a tensor as a file holds it, and safetensors. PyTorch's files
 * are read by {@code weights.torch}, the names that others give to the same network are known to
 * {@code weights.names}, and {@code weights.network} puts these together: the weights of one
 * network, from any file and in a session.
 */
package org.dinojvm.weights;
