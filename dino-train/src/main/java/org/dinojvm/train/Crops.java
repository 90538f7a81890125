package org.dinojvm.train;

import org.dinojvm.data.MultiCrop;

/** The views that a configuration describes. */
public final class Crops {

  private Crops() {}

  /** Crops and colours of a configuration. */
  public static MultiCrop of(TrainConfig config) {
    return MultiCrop.builder().build();
  }
}
