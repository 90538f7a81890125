package org.dinojvm.train.optimizer;

/** How the learning rate grows with the pictures of a step. */
public enum RateScaling {
  /** In proportion (Goyal et al. 2017). */
  LINEAR {
    @Override
    double rate(double lr, long pictures) {
      return lr * pictures / 256;
    }
  },
  /** By the square root of the proportion, as DINOv2. */
  SQUARE_ROOT {
    @Override
    double rate(double lr, long pictures) {
      return lr * Math.sqrt(pictures / 256.0);
    }
  };

  /**
   * The rate for a step.
   *
   * @param lr rate for 256 pictures
   * @param pictures of a step
   */
  abstract double rate(double lr, long pictures);
}
