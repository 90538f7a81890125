/**
 * Weights of other programs, in and out, without Python: PyTorch files, safetensors, and the names
 * that the published code, timm and Hugging Face give to one and the same network.
 */
package org.dinojvm.weights;
