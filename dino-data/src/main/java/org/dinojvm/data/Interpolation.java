package org.dinojvm.data;

/** How a crop is resized, always with antialiasing, as Pillow does. */
public enum Interpolation {
  /** Keys' cubic convolution with a = −0.5, Pillow's BICUBIC. */
  BICUBIC("keyscubic"),
  /** The triangle filter, Pillow's BILINEAR. */
  BILINEAR("triangle");

  /** The name under which TensorFlow's ScaleAndTranslate knows the filter. */
  final String kernel;

  Interpolation(String kernel) {
    this.kernel = kernel;
  }
}
