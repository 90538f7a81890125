package org.dinojvm.train.optimizer;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.fraction;
import static org.dinojvm.settings.Rules.require;
import static org.dinojvm.settings.Rules.within;

import org.dinojvm.settings.Setting;
import org.dinojvm.train.schedule.RunLength;
import org.dinojvm.train.schedule.Schedule;
import org.dinojvm.train.schedule.WarmUp;

/** The optimizer, how many pictures it sees a step, for how long, and at which rates. */
public record OptimizerSettings(
    @Setting(
            value = "adamw",
            doc = "adamw for ViTs; sgd; lars for convolutional networks and large batches.")
        Optimizer optimizer,
    @Setting(value = "64", unit = "pictures", doc = "Pictures in a batch.") int batchSizePerGpu,
    @Setting(
            value = "1",
            unit = "batches",
            doc =
                "Batches whose gradients are averaged for one step of optimizer, teacher and"
                    + " center: large steps in little memory. The learning rate is scaled with all"
                    + " of them.",
            source = "dino-jvm")
        int accumulate,
    @Setting(value = "100", unit = "epochs", doc = "Length of the run.") int epochs,
    @Setting(
            value = "0",
            unit = "steps",
            doc =
                "Length of an epoch, for folders that are too large to be seen often: rates, warm-ups, checkpoints and evaluations count such epochs, and pictures go on where the epoch before left them; 0 for all pictures.",
            source = "dinov2, OFFICIAL_EPOCH_LENGTH")
        int epochLength,
    @Setting(
            value = "0.0005",
            unit = "for a batch of 256",
            doc = "Learning rate at the end of its warm-up; scaled with the batch.")
        double lr,
    @Setting(
            value = "10",
            unit = "epochs",
            doc = "Length of the linear warm-up of the learning rate.")
        int warmupEpochs,
    @Setting(
            value = "1e-6",
            doc = "Learning rate at the end of the run, not scaled with the batch.")
        double minLr,
    @Setting(value = "0.04", doc = "Weight decay at the start; follows a cosine.")
        double weightDecay,
    @Setting(value = "0.4", doc = "Weight decay at the end of the run.") double weightDecayEnd,
    @Setting(
            value = "3.0",
            unit = "gradient norm",
            doc =
                "Longest gradient that is not shortened; 0 for no clipping. 0.3 to 1.0 can help"
                    + " larger ViTs.")
        double clipGrad,
    @Setting(
            value = "per_tensor",
            doc =
                "Whether clip_grad limits each tensor's gradient, as published, all of them as one vector, or those of backbone and of each head as one, as DINOv2.",
            source = "utils.py, clip_gradients")
        Clipping clipMode,
    @Setting(
            value = "false",
            doc =
                "Whether weight decay applies to biases and norms, too; LARS then adapts their rates as well.",
            source = "dino-jvm")
        boolean decayAll,
    @Setting(
            value = "inclusive",
            doc =
                "Last step of the warm-up: inclusive, at the whole learning rate, as DINO; exclusive, one step below it, as MoCo v3, Barlow Twins and VICReg.",
            source = "dino-jvm")
        WarmUp warmupEnd,
    @Setting(
            value = "0.0",
            unit = "share of the scaled lr",
            doc = "Learning rate at the end of the run, if that is more than min_lr.",
            source = "dino-jvm")
        double minLrShare,
    @Setting(
            value = "linear",
            doc = "How the learning rate grows with the batch: linear, or square_root as DINOv2.",
            source = "dinov2, scaling_rule")
        RateScaling lrScaling,
    @Setting(
            value = "0.999",
            doc = "AdamW's share of the old second moment; 0.95 in MAE.",
            source = "torch.optim.AdamW")
        double beta2,
    LayerSettings layers) {

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public OptimizerSettings {
    atLeast("batch_size_per_gpu", batchSizePerGpu, 1);
    atLeast("accumulate", accumulate, 1);
    atLeast("epochs", epochs, 1);
    atLeast("epoch_length", epochLength, 0);
    within("warmup_epochs", warmupEpochs, "epochs", epochs);
    atLeast("lr", lr, 0);
    atLeast("min_lr", minLr, 0);
    atLeast("weight_decay", weightDecay, 0);
    atLeast("weight_decay_end", weightDecayEnd, 0);
    atLeast("clip_grad", clipGrad, 0);
    fraction("min_lr_share", minLrShare);
    fraction("beta2", beta2);
    require(beta2 < 1, "beta2", beta2, "must be less than 1");
  }

  /**
   * Steps in an epoch.
   *
   * @param ofAllPictures steps in which each picture is seen once
   */
  public long stepsPerEpoch(long ofAllPictures) {
    return epochLength == 0 ? ofAllPictures : Math.min(epochLength, ofAllPictures);
  }

  /** Pictures in an optimizer step of one worker. */
  public long batchTotal() {
    return (long) batchSizePerGpu * accumulate;
  }

  /**
   * The scaling rule: lr holds for 256 pictures a step.
   *
   * @param workers that train together
   */
  public double scaledLr(int workers) {
    return lrScaling.rate(lr, batchTotal() * workers);
  }

  /**
   * Warm-up and cosine, scaled with the batch of all workers.
   *
   * @param workers that train together
   */
  public Schedule learningRate(RunLength run, int workers) {
    double base = scaledLr(workers);
    double end = Math.max(minLr, minLrShare * base);
    return warmupEnd.cosine(base, end, run.steps(), warmupEpochs * run.stepsPerEpoch());
  }

  /** A cosine. */
  public Schedule weightDecay(RunLength run) {
    return Schedule.cosine(weightDecay, weightDecayEnd, run.steps());
  }
}
