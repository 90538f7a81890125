package org.dinojvm.export;

/**
 * What a user of an exported backbone must know; stored beside the weights as {@code model.json}.
 *
 * @param arch architecture, e.g. {@code vit_small}
 * @param patchSize side of a patch in pixels; 0 for a convolutional network
 * @param embedDim number of features
 * @param numHeads attention heads of a block; 0 for a convolutional network
 * @param imageSize side of the evaluation view's centre crop in pixels
 * @param resizeSize length that the evaluation view resizes the shorter side to, in pixels
 */
public record ModelInfo(
    String arch, int patchSize, int embedDim, int numHeads, int imageSize, int resizeSize) {}
