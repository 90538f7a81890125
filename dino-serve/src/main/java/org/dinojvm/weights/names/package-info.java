/**
 * The names that the published code, timm, Hugging Face and this project give to the weights of one
 * and the same network, and the files that Hugging Face keeps beside them.
 */
package org.dinojvm.weights.names;
