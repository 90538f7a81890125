package org.dinojvm.train.config;

import org.dinojvm.model.Arithmetic;
import org.dinojvm.serve.Precision;
import org.dinojvm.settings.Setting;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;

/** How a run computes: arithmetic, compilation, memory. */
public record ComputeSettings(
    @Setting(
            value = "float32",
            doc =
                "Arithmetic of the backbone; with bf16 weights, loss, softmax and normalization stay in float32.",
            source = "dino-jvm")
        Precision precision,
    @Setting(
            value = "true",
            doc =
                "Let TensorFlow's compiler XLA fuse what stands between matrix products. Faster, and the same to rounding; turn it off if XLA fails on your machine.",
            source = "dino-jvm")
        boolean fuse,
    @Setting(
            value = "false",
            doc =
                "Save memory: keep only what goes from block to block and compute each block again in the backward pass. For ViTs; the same to rounding.",
            source = "dino-jvm",
            mayChange = true)
        boolean recompute,
    @Setting(
            value = "true",
            doc =
                "Whether BatchNorm takes its statistics over the batches of all workers, as published; else each over its own.",
            source = "main_dino.py, SyncBatchNorm")
        boolean syncBatchnorm,
    @Setting(
            value = "true",
            doc =
                "Accepted for the sake of published command lines, without effect: see precision.",
            mayChange = true)
        boolean useFp16) {

  /** How the networks compute while they train. */
  public Arithmetic arithmetic() {
    return new Arithmetic(
        precision == Precision.BF16 ? TBfloat16.class : TFloat32.class, fuse, recompute);
  }
}
