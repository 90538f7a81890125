package org.dinojvm.bench;

import org.dinojvm.model.Backbone;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.objective.Objective;

/**
 * Floating-point operations that the architecture asks for: 2·m·n·k of every matrix product and
 * convolution, and nothing else. A backward pass counts twice the forward one, for each product has
 * two gradients; that of the patch embedding, which has one, is counted like the others. What a
 * program computes besides, or twice, is its own affair, so that programs can be compared.
 */
public final class Flops {

  private Flops() {}

  /** Of a training step: the teacher's forward, the student's forward and backward pass. */
  public static double ofStep(TrainConfig config) {
    Objective.Macs macs = config.objective().macs(backbone(config), config.views());
    return 2 * config.optimization().batchTotal() * (macs.teacher() + 3 * macs.student());
  }

  /** Of a backbone's forward pass over a batch of pictures as large as global crops. */
  public static double ofForward(TrainConfig config) {
    return 2.0
        * config.optimization().batchSizePerGpu()
        * backbone(config).macs(config.views().globalCropsSize());
  }

  private static Backbone backbone(TrainConfig config) {
    return config.backbone().create(config.views().globalCropsSize());
  }
}
