package org.dinojvm.train.preset;

import com.google.common.collect.ImmutableList;
import java.util.Locale;
import java.util.OptionalInt;
import org.dinojvm.data.source.FolderSurvey;

/**
 * What {@code --preset auto} picks for a folder of pictures, and why. The sources of the rules are
 * in docs/training.md.
 *
 * @param survey the pictures
 * @param epochs the length of the run, if it is given
 */
public record AutoPreset(FolderSurvey survey, OptionalInt epochs) {

  /** Small sets, for the EMA and the temperature. */
  private static final int SMALL = 20_000;

  private static final int LEAST_EPOCHS = 100;
  private static final int MOST_EPOCHS = 300;
  private static final int ENOUGH_STEPS = 10_000;

  private static final int WARM_UP_EPOCHS = 10;
  private static final int TEMPERATURE_WARM_UP_EPOCHS = 30;

  private static final int MOST_BATCH = 64;

  /** From this shorter side on, small views need no more than a part of a picture's pixels. */
  private static final int LARGE = 600;

  /** Of fewer, it was not measured that whitening gains. */
  private static final int WHITENED = 100;

  /**
   * Crops for pictures of a size.
   *
   * @param least shorter side for which they are taken
   */
  private record Sides(int least, int global, int local, int patch, int evalResize) {}

  private static final Sides SMALLEST = new Sides(0, 32, 16, 4, 32);

  private static final ImmutableList<Sides> SIDES =
      ImmutableList.of(
          new Sides(160, 224, 96, 16, 256),
          new Sides(80, 112, 48, 8, 128),
          new Sides(40, 64, 32, 8, 64),
          SMALLEST);

  /** All that is picked. */
  public ImmutableList<Choice> choices() {
    ImmutableList.Builder<Choice> choices = ImmutableList.builder();
    head(choices);
    length(choices);
    crops(choices);
    if (survey.pictures() >= WHITENED) {
      choices.add(new Choice("export_whitening", "0.35", "nearer neighbours after a short run"));
    }
    return choices.build();
  }

  private void head(ImmutableList.Builder<Choice> choices) {
    boolean small = survey.pictures() <= SMALL;
    choices.add(choice("out_dim", outDim(), "prototypes for so many pictures"));
    choices.add(
        small
            ? choice("momentum_teacher", 0.99, "small set: a teacher that follows sooner")
            : choice("momentum_teacher", 0.996, "published"));
    choices.add(
        small
            ? choice("teacher_temp", 0.04, "small set: 0.07 gained nothing")
            : choice("teacher_temp", 0.07, "published for long runs"));
    if (!small) {
      choices.add(
          choice(
              "warmup_teacher_temp_epochs",
              Math.min(TEMPERATURE_WARM_UP_EPOCHS, epochsOfRun()),
              "0.07 from the start is unstable"));
    }
  }

  private int outDim() {
    long count = survey.pictures();
    if (count <= SMALL) {
      return 1024;
    } else if (count <= 50_000) {
      return 2048;
    } else if (count <= 100_000) {
      return 4096;
    } else if (count <= 200_000) {
      return 16384;
    }
    return count <= 500_000 ? 32768 : 65536;
  }

  private void length(ImmutableList.Builder<Choice> choices) {
    choices.add(choice("batch_size_per_gpu", batch(), "at least 10 steps an epoch, 64 at most"));
    choices.add(
        choice("epochs", epochsOfRun(), "10,000 steps, but 100 epochs at least and 300 at most"));
    choices.add(warmUp(epochsOfRun()));
  }

  /** The rate's warm-up in a run of so many epochs. */
  public static Choice warmUp(int epochs) {
    return choice(
        "warmup_epochs",
        Math.min(WARM_UP_EPOCHS, longestWarmUp(epochs)),
        "published, a tenth of the run at most");
  }

  /** The longest warm-up, in epochs, that leaves enough of a run of so many. */
  public static int longestWarmUp(int epochs) {
    return epochs / 10;
  }

  /** A power of 2. */
  private int batch() {
    long most = Math.max(1, Math.min(MOST_BATCH, survey.pictures() / 10));
    return (int) Long.highestOneBit(most);
  }

  private int epochsOfRun() {
    long steps = Math.max(1, survey.pictures() / batch());
    long enough = (ENOUGH_STEPS + steps - 1) / steps;
    return epochs.orElse((int) Math.max(LEAST_EPOCHS, Math.min(MOST_EPOCHS, enough)));
  }

  private void crops(ImmutableList.Builder<Choice> choices) {
    int side = survey.shorterSide();
    Sides sides = SIDES.stream().filter(s -> side >= s.least).findFirst().orElse(SMALLEST);
    String size = "for pictures of " + side + " pixels";
    choices.add(choice("patch_size", sides.patch, size));
    choices.add(choice("global_crops_size", sides.global, size));
    choices.add(choice("local_crops_size", sides.local, size));
    String blur = String.format(Locale.ROOT, "0.1 %.1f", Math.max(0.2, 2.0 * sides.global / 224));
    choices.add(new Choice("blur_radius", blur, "the published share of a crop"));
    choices.add(choice("eval_resize_size", sides.evalResize, "goes with the crops"));
    choices.add(choice("eval_crop_size", sides.global, "goes with the crops"));
    if (side >= LARGE) {
      choices.add(new Choice("jpeg_draft", "true", "decodes large photographs faster"));
    }
  }

  private static Choice choice(String key, Number value, String reason) {
    return new Choice(key, value.toString(), reason);
  }
}
