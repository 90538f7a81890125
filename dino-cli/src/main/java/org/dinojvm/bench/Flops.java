package org.dinojvm.bench;

import org.dinojvm.model.MultiCropNetwork;
import org.dinojvm.train.Networks;
import org.dinojvm.train.TrainConfig;

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
    MultiCropNetwork network = Networks.of(config);
    double head = network.head().macs();
    double global = 2 * (network.backbone().macs(config.globalCropsSize()) + head);
    double local =
        config.localCropsNumber() * (network.backbone().macs(config.localCropsSize()) + head);
    double picture = global + 3 * (global + local);
    return 2 * config.batchTotal() * picture;
  }

  /** Of a backbone's forward pass over a batch of pictures as large as global crops. */
  public static double ofForward(TrainConfig config) {
    return 2.0
        * config.batchSizePerGpu()
        * Networks.of(config).backbone().macs(config.globalCropsSize());
  }
}
