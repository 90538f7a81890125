package org.dinojvm.verify.objective;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.Pixels;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.verify.RelativeError;
import org.dinojvm.weights.Weight;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.types.TFloat32;

/** A loss in several cases: its value, its gradient for each input, its further outputs. */
final class LossCheck implements Check {

  private static final String LOSS = "loss";
  private static final String GRADIENT = "grad.";
  private static final double TOLERANCE = 1e-5;

  /** Of a determinant's gradient. */
  private static final double LOOSE_TOLERANCE = 1e-4;

  /** The loss by other libraries, which weigh terms in their own way. */
  private static final ImmutableList<String> OTHERS =
      ImmutableList.of("loss_lightly", "loss_solo_learn");

  @Override
  public void run(Path path, Comparisons comparisons) {
    ReferenceFile file = ReferenceFile.read(path);
    String family = file.text("family");
    PublishedLosses.Builder loss = PublishedLosses.of(family);
    Options.of(file, "cases")
        .objects()
        .forEach((name, options) -> new Case(file, family, name, options).run(loss, comparisons));
    file.requireAllUsed();
  }

  /** One case of a file. */
  private record Case(ReferenceFile file, String family, String name, Options options) {

    void run(PublishedLosses.Builder loss, Comparisons comparisons) {
      try (Graph graph = new Graph()) {
        Ops tf = Ops.create(graph);
        Map<String, Operand<TFloat32>> inputs = inputs(tf);
        ImmutableMap<String, Operand<TFloat32>> outputs =
            loss.build(tf, options.at("config"), inputs);
        Map<String, Operand<TFloat32>> asked = new LinkedHashMap<>(outputs);
        asked.putAll(gradients(tf, outputs.get(LOSS), inputs));
        try (Session session = new Session(graph)) {
          compare(session, asked, comparisons);
        }
      }
      OTHERS.forEach(
          other -> {
            if (file.has(tensor(other))) {
              file.tensor(tensor(other));
            }
          });
    }

    private String tensor(String part) {
      return name + "." + part;
    }

    private Map<String, Operand<TFloat32>> inputs(Ops tf) {
      Map<String, Operand<TFloat32>> inputs = new LinkedHashMap<>();
      for (String input : options.list("inputs")) {
        try (TFloat32 value = Pixels.tensor(file.tensor(tensor(input)))) {
          inputs.put(input, tf.constant(value));
        }
      }
      return inputs;
    }

    /** Gradients for the inputs that the file has one of, by name; zeros where none flows. */
    private Map<String, Operand<TFloat32>> gradients(
        Ops tf, Operand<TFloat32> loss, Map<String, Operand<TFloat32>> inputs) {
      List<String> names =
          inputs.keySet().stream().filter(input -> file.has(tensor(GRADIENT + input))).toList();
      List<Operand<TFloat32>> values = new ArrayList<>();
      Operand<TFloat32> withAll = loss;
      for (String input : names) {
        values.add(inputs.get(input));
        Operand<TFloat32> zero =
            tf.math.mul(
                tf.math.mean(
                    tf.reshape(inputs.get(input), tf.constant(new int[] {-1})), tf.constant(0)),
                tf.constant(0f));
        withAll = tf.math.add(withAll, zero); // so that each has a gradient
      }
      Gradients gradients = tf.gradients(withAll, values);
      Map<String, Operand<TFloat32>> byName = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        byName.put(GRADIENT + names.get(i), gradients.dy(i));
      }
      return byName;
    }

    private void compare(
        Session session, Map<String, Operand<TFloat32>> asked, Comparisons comparisons) {
      Session.Runner runner = session.runner();
      asked.values().forEach(runner::fetch);
      try (Result result = runner.run()) {
        int index = 0;
        for (String output : asked.keySet()) {
          float[] actual = Pixels.floats(result.get(index++));
          if (output.equals(LOSS)) {
            compareLoss(actual[0], comparisons);
          } else {
            compareTensor(output, actual, comparisons);
          }
        }
      }
    }

    private void compareLoss(double actual, Comparisons comparisons) {
      double expected = file.tensor(tensor(LOSS)).floats()[0];
      comparisons.add(LOSS, name, RelativeError.of(actual, expected), TOLERANCE);
      if (options.has("loss_float64")) {
        double exact = options.number("loss_float64");
        comparisons.add("loss in float64", name, RelativeError.of(actual, exact), TOLERANCE);
      }
    }

    private void compareTensor(String output, float[] actual, Comparisons comparisons) {
      Weight expected = file.tensor(tensor(output));
      checkArgument(
          expected.size() == actual.length,
          "'%s' is %s, %s numbers were computed",
          tensor(output),
          expected,
          actual.length);
      boolean isGradient = output.startsWith(GRADIENT);
      double tolerance = family.equals("simdino") ? LOOSE_TOLERANCE : TOLERANCE;
      comparisons.add(
          isGradient ? "gradients" : output, tensor(output), actual, expected.floats(), tolerance);
    }
  }
}
