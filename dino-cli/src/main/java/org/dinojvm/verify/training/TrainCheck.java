package org.dinojvm.verify.training;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.verify.RelativeError;
import org.dinojvm.weights.Weight;
import org.tensorflow.ndarray.Shape;

/** Training steps: losses, centers and gradient norms of each, and the weights after the last. */
final class TrainCheck implements Check {

  private static final double LOSS_TOLERANCE = 1e-5;
  private static final double WEIGHT_TOLERANCE = 1e-3;

  /** No tolerance is given with the files; ten times what was seen. */
  private static final double GRADIENT_TOLERANCE = 2e-4;

  /** Of means that take in biases without gradient: a few of Adam's steps, of sizes around 1. */
  private static final double REACHED_TOLERANCE = 0.1;

  /** Of double-precision cosines, which differ in the last digit between libraries. */
  private static final double SCHEDULE_TOLERANCE = 1e-12;

  private static final String BATCHES = ".num_batches_tracked";

  @Override
  public void run(Path path, Comparisons comparisons) {
    ReferenceFile file = ReferenceFile.read(path);
    TrainSetup setup = TrainSetup.of(file);
    checkSizes(file, setup);
    compareSchedules(setup, comparisons);
    ImmutableMap<String, Weight> initial = file.below("initial.");
    try (TrainSteps steps = new TrainSteps(setup.recipe(), StepCrops.of(file, 0, setup))) {
      steps.start(initial);
      compareSteps(file, setup, steps, comparisons);
      WeightComparison weights = new WeightComparison(setup, initial, comparisons);
      weights.compare("student.", steps.student(), file.below("student."));
      weights.compare("teacher.", steps.teacher(), file.below("teacher."));
    }
    file.requireAllUsed();
  }

  /** The sizes that the metadata names and that the network does not depend on. */
  private static void checkSizes(ReferenceFile file, TrainSetup setup) {
    for (int view = 0; view < setup.views(); view++) {
      String key = view < 2 ? "image_size" : "local_size";
      Weight crop = file.tensor("step0.crop%d_nchw".formatted(view));
      long side = file.whole(key);
      Shape expected = Shape.of(setup.batch(), 3, side, side);
      checkArgument(
          crop.shape().equals(expected),
          "crop %s is %s, batch and %s of the metadata ask for %s",
          view,
          crop,
          key,
          expected);
    }
  }

  private static void compareSchedules(TrainSetup setup, Comparisons comparisons) {
    ImmutableMap<String, double[]> cosines =
        ImmutableMap.of(
            "lr", setup.learningRates(),
            "weight_decay", setup.weightDecays(),
            "momentum", setup.momenta());
    cosines.forEach(
        (name, values) ->
            comparisons.add(
                "schedules",
                name,
                ScheduleFit.cosineError(values, setup.stepsPerEpoch()),
                SCHEDULE_TOLERANCE));
    comparisons.add(
        "schedules",
        "teacher_temperature",
        ScheduleFit.rampError(setup.temperatures()),
        SCHEDULE_TOLERANCE);
  }

  private static void compareSteps(
      ReferenceFile file, TrainSetup setup, TrainSteps steps, Comparisons comparisons) {
    double[] losses = TrainSetup.series(file, "losses", setup.steps());
    float[][] centers = rows(file, "centers", setup.steps());
    boolean hasNorms = file.has("gradient_norms");
    float[][] norms = hasNorms ? rows(file, "gradient_norms", setup.steps()) : new float[0][];
    for (int step = 0; step < setup.steps(); step++) {
      TrainSteps.Step actual = steps.run(setup.scalars(step), StepCrops.of(file, step, setup));
      String name = "step " + step;
      comparisons.add(
          "losses", name, RelativeError.of(actual.loss(), losses[step]), LOSS_TOLERANCE);
      comparisons.add("centers", name, steps.state("center"), centers[step], WEIGHT_TOLERANCE);
      if (hasNorms) {
        compareNorms(setup, steps.trainedNames(), actual, norms[step], name, comparisons);
      }
    }
  }

  private static void compareNorms(
      TrainSetup setup,
      List<String> names,
      TrainSteps.Step actual,
      float[] expected,
      String step,
      Comparisons comparisons) {
    checkArgument(
        expected.length == names.size(),
        "'gradient_norms' has %s columns, %s weights are trained",
        expected.length,
        names.size());
    for (int i = 0; i < expected.length; i++) {
      if (!setup.undefinedGradients().cover(names.get(i))) {
        double error = RelativeError.of(actual.gradientNorms()[i], expected[i]);
        comparisons.add("gradient_norms", step + " " + names.get(i), error, GRADIENT_TOLERANCE);
      }
    }
  }

  private static float[][] rows(ReferenceFile file, String name, int steps) {
    Weight tensor = file.tensor(name);
    checkArgument(
        tensor.shape().numDimensions() == 2 && tensor.shape().get(0) == steps,
        "'%s' is %s, there are %s steps",
        name,
        tensor,
        steps);
    return IntStream.range(0, steps)
        .mapToObj(step -> tensor.rows(step, step + 1).floats())
        .toArray(float[][]::new);
  }

  /** Compares the weights after the last step. */
  private record WeightComparison(
      TrainSetup setup, Map<String, Weight> initial, Comparisons comparisons) {

    void compare(String network, Map<String, Weight> actual, Map<String, Weight> expected) {
      expected.forEach(
          (name, weight) -> {
            if (name.endsWith(BATCHES)) {
              compareCount(network + name, name, weight);
            } else {
              compareWeight(network + name, name, actual.get(name), weight);
            }
          });
      actual.keySet().forEach(name -> requireWeight(network, name, expected));
    }

    private void compareWeight(String fullName, String name, Weight actual, Weight expected) {
      checkArgument(actual != null, "the network has no weight '%s'", fullName);
      checkArgument(
          actual.shape().equals(expected.shape()),
          "'%s' is %s, the network has %s",
          fullName,
          expected,
          actual.shape());
      if (setup.undefinedGradients().reach(name)) {
        comparisons.add(
            "running means behind them",
            fullName,
            actual.floats(),
            expected.floats(),
            REACHED_TOLERANCE);
        return;
      }
      float[] defined = defined(name, actual);
      if (defined.length > 0) {
        comparisons.add(
            "final weights", fullName, defined, defined(name, expected), WEIGHT_TOLERANCE);
      }
      if (defined.length < actual.size()) {
        compareReach(fullName, name, actual);
        compareReach(fullName, name, expected);
      }
    }

    private float[] defined(String name, Weight weight) {
      float[] all = weight.floats();
      float[] kept = new float[all.length];
      int count = 0;
      for (int i = 0; i < all.length; i++) {
        if (!setup.undefinedGradients().cover(name, i, all.length)) {
          kept[count++] = all[i];
        }
      }
      return Arrays.copyOf(kept, count);
    }

    /** What has no gradient has no right value either, but Adam cannot carry it further. */
    private void compareReach(String fullName, String name, Weight weight) {
      float[] start = initial.get(name).floats();
      float[] end = weight.floats();
      double moved = 0;
      for (int i = 0; i < start.length; i++) {
        if (setup.undefinedGradients().cover(name, i, start.length)) {
          moved = Math.max(moved, Math.abs((double) end[i] - start[i]));
        }
      }
      comparisons.add("weights without gradient, moved by", fullName, moved, setup.adamReach());
    }

    /** Torch counts BatchNorm's passes; the head has one a step. This project needs no count. */
    private void compareCount(String fullName, String name, Weight expected) {
      long before = initial.get(name).longs()[0];
      long passes = expected.longs()[0] - before;
      comparisons.add("BatchNorm passes", fullName, (double) Math.abs(passes - setup.steps()), 0);
    }

    private static void requireWeight(String network, String name, Map<String, Weight> expected) {
      checkArgument(expected.containsKey(name), "no tensor '%s%s'", network, name);
    }
  }
}
