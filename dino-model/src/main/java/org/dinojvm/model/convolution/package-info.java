/** Convolutional backbones, ResNet and ConvNeXt, and the layers they share. */
package org.dinojvm.model.convolution;
