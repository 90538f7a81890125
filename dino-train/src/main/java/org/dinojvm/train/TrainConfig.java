package org.dinojvm.train;

import static org.dinojvm.settings.Group.CROPS_AND_COLOURS;
import static org.dinojvm.settings.Group.EVALUATION;
import static org.dinojvm.settings.Group.HEAD_AND_LOSS;
import static org.dinojvm.settings.Group.NETWORK;
import static org.dinojvm.settings.Group.OPTIMISER;
import static org.dinojvm.settings.Group.RUN;
import static org.dinojvm.settings.Rules.ascending;
import static org.dinojvm.settings.Rules.ascendingFractions;
import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.fraction;
import static org.dinojvm.settings.Rules.multipleOf;
import static org.dinojvm.settings.Rules.positive;
import static org.dinojvm.settings.Rules.require;
import static org.dinojvm.settings.Rules.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.augment.Interpolation;
import org.dinojvm.settings.Range;
import org.dinojvm.settings.Rgb;
import org.dinojvm.settings.Setting;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.settings.Settings;
import org.dinojvm.settings.YamlSettings;
import org.dinojvm.train.step.Clipping;
import org.dinojvm.train.step.Optimizer;

/**
 * Everything that a training run can be told: each flag of the published training script under its
 * own name and with its default, and more of the same style.
 *
 * <p>This list is the only place where a setting is defined: the command line, YAML files, help and
 * checks are all made from it. Values are checked together when a record is made, so a {@code
 * TrainConfig} that exists makes sense.
 */
public record TrainConfig(
    @Setting(
            group = NETWORK,
            value = "vit_small",
            doc = "The backbone. For quick experiments use vit_tiny or vit_small.")
        Arch arch,
    @Setting(
            group = NETWORK,
            value = "16",
            unit = "pixels",
            doc =
                "Side of a ViT's square patches. Smaller ones give better features and cost more.")
        int patchSize,
    @Setting(
            group = NETWORK,
            value = "0",
            unit = "features",
            doc =
                "Width of a ViT, for networks other than the published ones; 0 for the arch's own.",
            source = "dino-jvm")
        int embedDim,
    @Setting(
            group = NETWORK,
            value = "0",
            unit = "blocks",
            doc = "Blocks of a ViT; 0 for the arch's own.",
            source = "dino-jvm")
        int depth,
    @Setting(
            group = NETWORK,
            value = "0",
            unit = "heads",
            doc = "Attention heads of a ViT's block; 0 for the arch's own.",
            source = "dino-jvm")
        int numHeads,
    @Setting(
            group = NETWORK,
            value = "0.1",
            doc =
                "Stochastic depth of the student: rate of the last block, rising linearly from 0.")
        double dropPathRate,
    @Setting(
            group = HEAD_AND_LOSS,
            value = "65536",
            unit = "prototypes",
            doc =
                "Outputs of the head. Large ones suit large data sets; 1024 is enough for 20,000 pictures.")
        int outDim,
    @Setting(
            group = HEAD_AND_LOSS,
            value = "true",
            doc =
                "Whether the weights of the head's last layer keep length 1. False performs better with vit_small and can be unstable.")
        boolean normLastLayer,
    @Setting(
            group = HEAD_AND_LOSS,
            value = "false",
            doc = "Whether BatchNorm follows the head's first two layers.")
        boolean useBnInHead,
    @Setting(
            group = HEAD_AND_LOSS,
            value = "2048",
            unit = "features",
            doc = "Width of the head's hidden layers.",
            source = "vision_transformer.py, DINOHead")
        int headHiddenDim,
    @Setting(
            group = HEAD_AND_LOSS,
            value = "256",
            unit = "features",
            doc = "Width in front of the head's last layer.",
            source = "vision_transformer.py, DINOHead")
        int headBottleneckDim,
    @Setting(
            group = HEAD_AND_LOSS,
            value = "0.1",
            doc = "Temperature of the student's softmax.",
            source = "main_dino.py, DINOLoss")
        double studentTemp,
    @Setting(
            group = HEAD_AND_LOSS,
            value = "0.04",
            doc =
                "Temperature of the teacher's softmax at the start. Lower it if the loss does not fall.")
        double warmupTeacherTemp,
    @Setting(
            group = HEAD_AND_LOSS,
            value = "0.04",
            doc =
                "Temperature of the teacher's softmax after its linear warm-up. Above 0.07 is mostly unstable.")
        double teacherTemp,
    @Setting(
            group = HEAD_AND_LOSS,
            value = "0",
            unit = "epochs",
            doc = "Length of the warm-up of the teacher's temperature.")
        int warmupTeacherTempEpochs,
    @Setting(
            group = HEAD_AND_LOSS,
            value = "0.9",
            doc = "Share of the old centre that each step keeps.",
            source = "main_dino.py, DINOLoss")
        double centerMomentum,
    @Setting(
            group = HEAD_AND_LOSS,
            value = "0.996",
            doc =
                "Share of its weights that the teacher keeps in the first step; rises to 1 by a cosine. Use more with small batches: 0.9995 with 256.")
        double momentumTeacher,
    @Setting(
            group = OPTIMISER,
            value = "adamw",
            doc = "adamw for ViTs; sgd; lars for convolutional networks and large batches.")
        Optimizer optimizer,
    @Setting(group = OPTIMISER, value = "64", unit = "pictures", doc = "Pictures in a batch.")
        int batchSizePerGpu,
    @Setting(
            group = OPTIMISER,
            value = "1",
            unit = "batches",
            doc =
                "Batches whose gradients are averaged for one step of optimizer, teacher and centre: large steps in little memory. The learning rate is scaled with all of them.",
            source = "dino-jvm")
        int accumulate,
    @Setting(group = OPTIMISER, value = "100", unit = "epochs", doc = "Length of the run.")
        int epochs,
    @Setting(
            group = OPTIMISER,
            value = "0.0005",
            unit = "for a batch of 256",
            doc = "Learning rate at the end of its warm-up; scaled linearly with the batch.")
        double lr,
    @Setting(
            group = OPTIMISER,
            value = "10",
            unit = "epochs",
            doc = "Length of the linear warm-up of the learning rate.")
        int warmupEpochs,
    @Setting(
            group = OPTIMISER,
            value = "1e-6",
            doc = "Learning rate at the end of the run, not scaled with the batch.")
        double minLr,
    @Setting(
            group = OPTIMISER,
            value = "0.04",
            doc = "Weight decay at the start; follows a cosine.")
        double weightDecay,
    @Setting(group = OPTIMISER, value = "0.4", doc = "Weight decay at the end of the run.")
        double weightDecayEnd,
    @Setting(
            group = OPTIMISER,
            value = "3.0",
            unit = "gradient norm",
            doc =
                "Longest gradient that is not shortened; 0 for no clipping. 0.3 to 1.0 can help larger ViTs.")
        double clipGrad,
    @Setting(
            group = OPTIMISER,
            value = "per_tensor",
            doc =
                "Whether clip_grad limits each tensor's gradient, as published, or all of them as one vector.",
            source = "utils.py, clip_gradients")
        Clipping clipMode,
    @Setting(
            group = OPTIMISER,
            value = "1",
            unit = "epochs",
            doc =
                "How long the head's last layer stays as it is at first. Raise it if the loss does not fall.")
        int freezeLastLayer,
    @Setting(
            group = OPTIMISER,
            value = "0",
            unit = "steps",
            doc =
                "The same in steps, for less than an epoch; if not 0, freeze_last_layer is not used.",
            source = "dino-jvm")
        int freezeLastLayerSteps,
    @Setting(
            group = OPTIMISER,
            value = "float32",
            doc =
                "Arithmetic of the backbone; with bf16 weights, loss, softmax and normalisation stay in float32.",
            source = "dino-jvm")
        Precision precision,
    @Setting(
            group = OPTIMISER,
            value = "true",
            doc =
                "Let TensorFlow's compiler XLA fuse what stands between matrix products. Faster, and the same to rounding; turn it off if XLA fails on your machine.",
            source = "dino-jvm")
        boolean fuse,
    @Setting(
            group = OPTIMISER,
            value = "false",
            doc =
                "Save memory: keep only what goes from block to block and compute each block again in the backward pass. For ViTs; the same to rounding.",
            source = "dino-jvm")
        boolean recompute,
    @Setting(
            group = OPTIMISER,
            value = "true",
            doc =
                "Accepted for the sake of published command lines, without effect: see precision.")
        boolean useFp16,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "224",
            unit = "pixels",
            doc = "Side of the two global crops.",
            source = "main_dino.py, DataAugmentationDINO")
        int globalCropsSize,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.4 1.0",
            unit = "share of the picture's area",
            doc = "Area of a global crop. Without local crops use 0.14 1.0.")
        Range globalCropsScale,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "8",
            unit = "crops",
            doc = "Local crops of each picture; 0 for none.")
        int localCropsNumber,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "96",
            unit = "pixels",
            doc = "Side of the local crops.",
            source = "main_dino.py, DataAugmentationDINO")
        int localCropsSize,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.05 0.4",
            unit = "share of the picture's area",
            doc = "Area of a local crop.")
        Range localCropsScale,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.75 1.3333",
            unit = "width / height",
            doc = "Aspect ratio of a crop before it is resized to a square.",
            source = "torchvision, RandomResizedCrop")
        Range cropRatio,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "bicubic",
            doc = "How crops are resized, with antialiasing.",
            source = "main_dino.py, DataAugmentationDINO")
        Interpolation interpolation,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.5",
            unit = "probability",
            doc = "Horizontal flip.",
            source = "main_dino.py, DataAugmentationDINO")
        double flipProbability,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.8",
            unit = "probability",
            doc = "Colour jitter: the next four settings, in random order.",
            source = "main_dino.py, DataAugmentationDINO")
        double jitterProbability,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.4",
            doc = "Jitter: brightness is multiplied by a factor at most this far from 1.",
            source = "main_dino.py, DataAugmentationDINO")
        double brightness,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.4",
            doc = "Jitter: contrast is multiplied by a factor at most this far from 1.",
            source = "main_dino.py, DataAugmentationDINO")
        double contrast,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.2",
            doc = "Jitter: saturation is multiplied by a factor at most this far from 1.",
            source = "main_dino.py, DataAugmentationDINO")
        double saturation,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.1",
            unit = "turns of the colour wheel",
            doc = "Jitter: hue is turned by at most this, 0 to 0.5.",
            source = "main_dino.py, DataAugmentationDINO")
        double hue,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.2",
            unit = "probability",
            doc = "Conversion to grey.",
            source = "main_dino.py, DataAugmentationDINO")
        double greyProbability,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "1.0",
            unit = "probability",
            doc = "Gaussian blur of the first global crop.",
            source = "main_dino.py, DataAugmentationDINO")
        double blurProbabilityGlobal1,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.1",
            unit = "probability",
            doc = "Gaussian blur of the second global crop.",
            source = "main_dino.py, DataAugmentationDINO")
        double blurProbabilityGlobal2,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.5",
            unit = "probability",
            doc = "Gaussian blur of a local crop.",
            source = "main_dino.py, DataAugmentationDINO")
        double blurProbabilityLocal,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.1 2.0",
            unit = "pixels",
            doc = "Standard deviation of the Gaussian blur.",
            source = "main_dino.py, utils.GaussianBlur")
        Range blurRadius,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.2",
            unit = "probability",
            doc = "Inversion of the bright pixels of the second global crop.",
            source = "main_dino.py, DataAugmentationDINO")
        double solarizeProbability,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.485 0.456 0.406",
            unit = "of 0 to 1",
            doc = "What normalisation subtracts from each channel.",
            source = "main_dino.py, DataAugmentationDINO")
        Rgb mean,
    @Setting(
            group = CROPS_AND_COLOURS,
            value = "0.229 0.224 0.225",
            unit = "of 0 to 1",
            doc = "What normalisation divides each channel by.",
            source = "main_dino.py, DataAugmentationDINO")
        Rgb std,
    @Setting(
            group = RUN,
            value = "",
            unit = "folder",
            doc =
                "Folder of pictures, searched with its sub-folders; or a list of files, one path a line; or TFRecords, as a folder or as a pattern such as 'DIR/*.tfrecord'.",
            source = "main_dino.py, without its default",
            aliases = "data")
        String dataPath,
    @Setting(
            group = RUN,
            value = "0.5",
            unit = "share of the files",
            doc = "With more files than this that cannot be used, a run does not start.",
            source = "dino-jvm")
        double maxSkipped,
    @Setting(
            group = RUN,
            value = ".",
            unit = "folder",
            doc = "Folder of the run: configuration, log, checkpoints, export.",
            aliases = "output")
        String outputDir,
    @Setting(
            group = RUN,
            value = "",
            unit = "file",
            doc =
                "Weights that student and teacher start from: PyTorch or safetensors, of the published DINO, timm or Hugging Face. The head's are taken too if they are there and fit.",
            source = "dino-jvm")
        String init,
    @Setting(group = RUN, value = "0", doc = "Seed of weights, order and augmentation.") long seed,
    @Setting(
            group = RUN,
            value = "false",
            doc =
                "Let --epochs be more than those of the run in --output: it goes on with the schedules of the longer run.",
            source = "dino-jvm")
        boolean extend,
    @Setting(
            group = RUN,
            value = "20",
            unit = "epochs",
            doc = "Every how many epochs a checkpoint is kept for good; 0 for never.")
        int saveckpFreq,
    @Setting(
            group = RUN,
            value = "0",
            unit = "steps",
            doc =
                "Every how many steps a checkpoint is written besides the one after each epoch; 0 for none.",
            source = "dino-jvm")
        int checkpointEverySteps,
    @Setting(
            group = RUN,
            value = "3",
            unit = "checkpoints",
            doc = "How many of the newest checkpoints stay.",
            source = "dino-jvm")
        int keepCheckpoints,
    @Setting(
            group = RUN,
            value = "10",
            unit = "steps",
            doc = "Every how many steps log.jsonl gets a line.",
            source = "main_dino.py, log_every")
        int logEverySteps,
    @Setting(
            group = RUN,
            value = "true",
            doc =
                "Whether TensorBoard's event files are written, in events/ of the run: the log, k-NN accuracies, pictures and the settings.",
            source = "dino-jvm")
        boolean tensorboard,
    @Setting(
            group = RUN,
            value = "0",
            unit = "threads",
            doc =
                "Threads that one operation may use; 0 for all cores. For small networks 1 is faster.",
            source = "dino-jvm")
        int threads,
    @Setting(
            group = RUN,
            value = "0",
            unit = "operations",
            doc =
                "Operations that may run at the same time; 0 for one more than cores, for some only"
                    + " wait.",
            source = "dino-jvm")
        int parallelOps,
    @Setting(
            group = RUN,
            value = "0",
            unit = "threads",
            doc =
                "Native threads that read and augment pictures; 0 for all cores. The published script starts 10 processes.",
            source = "main_dino.py, with default 10")
        int numWorkers,
    @Setting(
            group = RUN,
            value = "env://",
            doc = "Accepted for the sake of published command lines, without effect.")
        String distUrl,
    @Setting(
            group = RUN,
            value = "0",
            doc = "Accepted for the sake of published command lines, without effect.")
        int localRank,
    @Setting(
            group = EVALUATION,
            value = "256",
            unit = "pixels",
            doc = "Evaluation view: length that the shorter side is resized to.",
            source = "eval_knn.py")
        int evalResizeSize,
    @Setting(
            group = EVALUATION,
            value = "224",
            unit = "pixels",
            doc = "Evaluation view: side of the centre crop.",
            source = "eval_knn.py")
        int evalCropSize,
    @Setting(
            group = EVALUATION,
            value = "crop",
            doc =
                "How the evaluation view makes a picture square: crop its centre, as published, or squash it, so that nothing of it is lost.",
            source = "dino-jvm")
        EvalView.Fit evalFit,
    @Setting(
            group = EVALUATION,
            value = "",
            unit = "folder",
            doc =
                "Folder with one sub-folder a class, whose pictures vote in the k-NN test; empty for no test.",
            source = "dino-jvm")
        String knnTrain,
    @Setting(
            group = EVALUATION,
            value = "",
            unit = "folder",
            doc = "Folder with one sub-folder a class, whose pictures the k-NN test asks for.",
            source = "dino-jvm")
        String knnVal,
    @Setting(
            group = EVALUATION,
            value = "10",
            unit = "epochs",
            doc = "Every how many epochs, and at the end, the teacher takes the k-NN test.",
            source = "dino-jvm")
        int knnEveryEpochs,
    @Setting(
            group = EVALUATION,
            value = "10",
            unit = "epochs",
            doc =
                "Every how many epochs, and at the end, TensorBoard gets attention maps of four pictures of the training set; 0 for never.",
            source = "dino-jvm")
        int attentionEveryEpochs) {

  /** How keys and texts become a configuration, and back. */
  public static final Settings<TrainConfig> SETTINGS = Settings.of(TrainConfig.class);

  private static final TrainConfig DEFAULTS = SETTINGS.defaults();

  /** The arithmetic of the backbone. */
  public enum Precision {
    FLOAT32,
    BF16
  }

  /** Checks every rule; the first one that is broken is an {@link IllegalArgumentException}. */
  public TrainConfig {
    checkNetwork(arch, patchSize, embedDim, depth, numHeads);
    require(
        dropPathRate >= 0 && dropPathRate < 1,
        "drop_path_rate",
        dropPathRate,
        "must be at least 0 and less than 1");

    atLeast("out_dim", outDim, 2);
    atLeast("head_hidden_dim", headHiddenDim, 1);
    atLeast("head_bottleneck_dim", headBottleneckDim, 1);
    positive("student_temp", studentTemp);
    positive("warmup_teacher_temp", warmupTeacherTemp);
    positive("teacher_temp", teacherTemp);
    fraction("center_momentum", centerMomentum);
    fraction("momentum_teacher", momentumTeacher);

    atLeast("batch_size_per_gpu", batchSizePerGpu, 1);
    atLeast("accumulate", accumulate, 1);
    atLeast("epochs", epochs, 1);
    within("warmup_epochs", warmupEpochs, "epochs", epochs);
    within("warmup_teacher_temp_epochs", warmupTeacherTempEpochs, "epochs", epochs);
    within("freeze_last_layer", freezeLastLayer, "epochs", epochs);
    atLeast("freeze_last_layer_steps", freezeLastLayerSteps, 0);
    atLeast("lr", lr, 0);
    atLeast("min_lr", minLr, 0);
    atLeast("weight_decay", weightDecay, 0);
    atLeast("weight_decay_end", weightDecayEnd, 0);
    atLeast("clip_grad", clipGrad, 0);

    checkSide("global_crops_size", globalCropsSize, arch, patchSize);
    atLeast("local_crops_number", localCropsNumber, 0);
    if (localCropsNumber > 0) {
      checkSide("local_crops_size", localCropsSize, arch, patchSize);
    }
    ascendingFractions("global_crops_scale", globalCropsScale);
    ascendingFractions("local_crops_scale", localCropsScale);
    ascending("crop_ratio", cropRatio);

    fraction("flip_probability", flipProbability);
    fraction("jitter_probability", jitterProbability);
    fraction("brightness", brightness);
    fraction("contrast", contrast);
    fraction("saturation", saturation);
    require(hue >= 0 && hue <= 0.5, "hue", hue, "must be between 0 and 0.5");
    fraction("grey_probability", greyProbability);
    fraction("blur_probability_global1", blurProbabilityGlobal1);
    fraction("blur_probability_global2", blurProbabilityGlobal2);
    fraction("blur_probability_local", blurProbabilityLocal);
    ascending("blur_radius", blurRadius);
    fraction("solarize_probability", solarizeProbability);
    require(
        Math.min(std.red(), Math.min(std.green(), std.blue())) > 0,
        "std",
        std,
        "must be greater than 0 for every channel");

    fraction("max_skipped", maxSkipped);
    atLeast("saveckp_freq", saveckpFreq, 0);
    atLeast("checkpoint_every_steps", checkpointEverySteps, 0);
    atLeast("keep_checkpoints", keepCheckpoints, 1);
    atLeast("log_every_steps", logEverySteps, 1);
    require(
        !recompute || arch.isVit(),
        "recompute",
        recompute,
        "is for ViTs, not for " + arch.key() + "; leave it out");
    atLeast("threads", threads, 0);
    atLeast("parallel_ops", parallelOps, 0);
    atLeast("num_workers", numWorkers, 0);

    checkSide("eval_crop_size", evalCropSize, arch, patchSize);
    require(
        evalResizeSize >= evalCropSize,
        "eval_resize_size",
        evalResizeSize,
        "must be at least eval_crop_size = " + evalCropSize);
    require(
        knnTrain.isEmpty() == knnVal.isEmpty(),
        knnTrain.isEmpty() ? "knn_val" : "knn_train",
        knnTrain + knnVal,
        "the k-NN test needs both folders; give --knn_train and --knn_val, or neither");
    atLeast("knn_every_epochs", knnEveryEpochs, 1);
    atLeast("attention_every_epochs", attentionEveryEpochs, 0);
  }

  private static void checkNetwork(
      Arch arch, int patchSize, int embedDim, int depth, int numHeads) {
    atLeast("patch_size", patchSize, 1);
    atLeast("embed_dim", embedDim, 0);
    atLeast("depth", depth, 0);
    atLeast("num_heads", numHeads, 0);
    if (arch.isVit()) {
      int width = orElse(embedDim, arch.embedDim());
      multipleOf("embed_dim", width, "num_heads", orElse(numHeads, arch.numHeads()));
    } else {
      String fixed = "is for ViTs, " + arch.key() + " has a fixed form; leave it at 0";
      require(embedDim == 0, "embed_dim", embedDim, fixed);
      require(depth == 0, "depth", depth, fixed);
      require(numHeads == 0, "num_heads", numHeads, fixed);
    }
  }

  /** A ViT's picture is whole patches; a ResNet takes any. */
  private static void checkSide(String key, int pixels, Arch arch, int patchSize) {
    if (arch.isVit()) {
      multipleOf(key, pixels, "patch_size", patchSize);
    } else {
      atLeast(key, pixels, 1);
    }
  }

  private static int orElse(int value, int ifZero) {
    return value == 0 ? ifZero : value;
  }

  /** The published script's defaults. */
  public static TrainConfig defaults() {
    return DEFAULTS;
  }

  /**
   * The defaults, overridden by a YAML file, overridden by the command line.
   *
   * @param yaml file of keys and values
   * @param overrides value by key
   * @throws IllegalArgumentException in one line, where something cannot be used
   */
  public static TrainConfig load(Optional<Path> yaml, Map<String, String> overrides) {
    return SETTINGS.with(DEFAULTS, given(yaml, overrides));
  }

  /** What a YAML file and the command line say, the command line before the file. */
  public static ImmutableMap<SettingKey, Object> given(
      Optional<Path> yaml, Map<String, String> overrides) {
    Map<SettingKey, Object> given = new HashMap<>();
    yaml.ifPresent(file -> given.putAll(SETTINGS.parse(YamlSettings.read(file), "in " + file)));
    given.putAll(SETTINGS.parse(overrides, "on the command line"));
    return ImmutableMap.copyOf(given);
  }

  /** Reads a run's own {@code config.yaml}, or any other file of settings. */
  public static TrainConfig read(Path yaml) {
    return load(Optional.of(yaml), Map.of());
  }

  /** This configuration with some values replaced, e.g. {@code with(Map.of("patch_size", 8))}. */
  public TrainConfig with(Map<String, ?> changes) {
    Map<String, String> texts = Maps.transformValues(changes, SettingKey::text);
    return SETTINGS.with(this, SETTINGS.parse(texts, "in the program"));
  }

  /** Every setting as YAML; {@link #read} gives back an equal configuration. */
  public String toYaml() {
    return YamlSettings.write(SETTINGS, this);
  }

  /** Writes {@link #toYaml} to a file. */
  public void write(Path file) throws IOException {
    Files.writeString(file, toYaml());
  }

  /** What is not the same in {@code before}, as lines {@code key: old -> new}. */
  public ImmutableList<Settings.Difference> differencesFrom(TrainConfig before) {
    return SETTINGS.differences(before, this);
  }

  /** The backbone's number of features: embed_dim, or the arch's own. */
  public int backboneDim() {
    return orElse(embedDim, arch.embedDim());
  }

  /** The backbone's number of blocks: depth, or the arch's own. */
  public int backboneDepth() {
    return orElse(depth, arch.depth());
  }

  /** The attention heads of a block: num_heads, or the arch's own; 0 for a ResNet. */
  public int backboneHeads() {
    return orElse(numHeads, arch.numHeads());
  }

  /** Pictures in an optimizer step. */
  public long batchTotal() {
    return (long) batchSizePerGpu * accumulate;
  }

  /** The first steps, in which the last layer stays as it is. */
  public long frozenSteps(long stepsPerEpoch) {
    return freezeLastLayerSteps > 0 ? freezeLastLayerSteps : freezeLastLayer * stepsPerEpoch;
  }

  /** The linear scaling rule: lr holds for 256 pictures a step. */
  public double scaledLr() {
    return lr * batchTotal() / 256;
  }
}
