/** The network as functions over TensorFlow ops: backbones, head and loss. */
package org.dinojvm.model;
