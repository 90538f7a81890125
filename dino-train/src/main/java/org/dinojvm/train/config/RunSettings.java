package org.dinojvm.train.config;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.fraction;

import org.dinojvm.settings.Setting;

/** What a run reads, where it writes, and how often. */
public record RunSettings(
    @Setting(
            value = "",
            unit = "folder",
            doc =
                "Folder of pictures, searched with its sub-folders; or a list of files, one path a"
                    + " line; or TFRecords, as a folder or as a pattern such as 'DIR/*.tfrecord'.",
            source = "main_dino.py, without its default",
            aliases = "data",
            mayChange = true)
        String dataPath,
    @Setting(
            value = "0.5",
            unit = "share of the files",
            doc = "With more files than this that cannot be used, a run does not start.",
            source = "dino-jvm",
            mayChange = true)
        double maxSkipped,
    @Setting(
            value = ".",
            unit = "folder",
            doc = "Folder of the run: configuration, log, checkpoints, export.",
            aliases = "output",
            mayChange = true)
        String outputDir,
    @Setting(
            value = "",
            unit = "file",
            doc =
                "Weights that student and teacher start from: PyTorch or safetensors, published or"
                    + " of timm or Hugging Face, of DINO, iBOT, DINOv2 or DINOv3. The network, its"
                    + " head if the file has one, the crops and the evaluation view follow from the"
                    + " file where they are not given.",
            source = "dino-jvm")
        String init,
    @Setting(value = "0", doc = "Seed of weights, order and augmentation.") long seed,
    @Setting(
            value = "false",
            doc =
                "Let --epochs be others than those of the run in --output: it goes on with the"
                    + " schedules of a run of that length.",
            source = "dino-jvm",
            mayChange = true)
        boolean extend,
    @Setting(
            value = "false",
            doc =
                "Let the run in --output go on with another number of pictures a step, from the same share of its way.",
            source = "dino-jvm",
            mayChange = true)
        boolean changeBatch,
    @Setting(
            value = "20",
            unit = "epochs",
            doc = "Every how many epochs a checkpoint is kept for good; 0 for never.",
            mayChange = true)
        int saveckpFreq,
    @Setting(
            value = "0",
            unit = "steps",
            doc =
                "Every how many steps a checkpoint is written besides the one after each epoch; 0"
                    + " for none.",
            source = "dino-jvm",
            mayChange = true)
        int checkpointEverySteps,
    @Setting(
            value = "3",
            unit = "checkpoints",
            doc = "How many of the newest checkpoints stay.",
            source = "dino-jvm",
            mayChange = true)
        int keepCheckpoints,
    @Setting(
            value = "10",
            unit = "steps",
            doc = "Every how many steps log.jsonl gets a line.",
            source = "main_dino.py, log_every",
            mayChange = true)
        int logEverySteps,
    @Setting(
            value = "true",
            doc =
                "Whether TensorBoard's event files are written, in events/ of the run: the log,"
                    + " k-NN accuracies, pictures and the settings.",
            source = "dino-jvm",
            mayChange = true)
        boolean tensorboard,
    @Setting(
            value = "0",
            doc =
                "Exports as features the class token and the mean of the patches' tokens, their"
                    + " principal components, by pictures of the run, divided by this power of their"
                    + " eigenvalues: 0.5 makes all alike, less leaves large ones larger, 0 exports"
                    + " the class token as it is. After short runs the neighbours are nearer."
                    + " Checkpoints stay what they are.",
            source = "dino-jvm",
            mayChange = true)
        double exportWhitening,
    @Setting(
            value = "0",
            unit = "threads",
            doc =
                "Native threads that read and augment pictures; 0 for all cores. The published"
                    + " script starts 10 processes.",
            source = "main_dino.py, with default 10",
            mayChange = true)
        int numWorkers,
    @Setting(
            value = "env://",
            doc = "Accepted for the sake of published command lines, without effect.",
            mayChange = true)
        String distUrl,
    @Setting(
            value = "0",
            doc = "Accepted for the sake of published command lines, without effect.",
            mayChange = true)
        int localRank) {

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public RunSettings {
    fraction("max_skipped", maxSkipped);
    fraction("export_whitening", exportWhitening);
    atLeast("saveckp_freq", saveckpFreq, 0);
    atLeast("checkpoint_every_steps", checkpointEverySteps, 0);
    atLeast("keep_checkpoints", keepCheckpoints, 1);
    atLeast("log_every_steps", logEverySteps, 1);
    atLeast("num_workers", numWorkers, 0);
  }
}
