package org.dinojvm.verify.objective;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.model.Arithmetic;
import org.dinojvm.model.Layers;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.Workers;
import org.dinojvm.model.head.Heads;
import org.dinojvm.model.head.MlpHead;
import org.dinojvm.model.head.Prototypes;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.Pixels;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.network.SessionWeights;
import org.dinojvm.weights.network.WeightLoader;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.types.TFloat32;

/** Projectors and predictors: outputs, gradients, running statistics, outputs with those. */
final class HeadsCheck implements Check {

  private static final double TOLERANCE = 1e-5;
  private static final String LAYERS = "layers.";

  /** Training mode with gradients. */
  private static final Mode TRAINING =
      new Mode(true, true, 0, Optional.empty(), 0, Arithmetic.PLAIN, Workers.ONE, true);

  @Override
  public void run(Path path, Comparisons comparisons) {
    ReferenceFile file = ReferenceFile.read(path);
    Options.of(file, "cases")
        .objects()
        .forEach((name, options) -> new Case(file, name, options.at("config")).run(comparisons));
    file.requireAllUsed();
  }

  /** What a head computes below its registry. */
  @FunctionalInterface
  private interface Head {
    Operand<TFloat32> of(Ops tf, Params p, Operand<TFloat32> x, Mode mode);
  }

  /** One head of a file. */
  private record Case(ReferenceFile file, String name, Options options) {

    void run(Comparisons comparisons) {
      ImmutableMap<String, Weight> weights = renamed(file.below(name + ".weights."));
      try (Graph graph = new Graph()) {
        Ops tf = Ops.create(graph);
        Params params = Params.create(tf, "", 0);
        Head head = head(weights);
        Operand<TFloat32> x = constant(tf, "input");
        Operand<TFloat32> output = head.of(tf, params, x, TRAINING);
        Operand<TFloat32> evaluated = head.of(tf, params, x, Mode.EVALUATION);
        Map<String, Operand<TFloat32>> asked = new LinkedHashMap<>();
        asked.put("output", output);
        asked.put("output_eval", evaluated);
        List<Variable> trained = params.trainable();
        List<Operand<TFloat32>> values = new ArrayList<>(List.of(x));
        trained.forEach(weight -> values.add(weight.value()));
        Operand<TFloat32> weighed =
            tf.reduceSum(
                tf.math.mul(output, constant(tf, "grad_output")), tf.constant(new int[] {0, 1}));
        Gradients gradients = tf.gradients(weighed, values);
        asked.put("grad.input", gradients.dy(0));
        ImmutableMap.Builder<String, Operand<TFloat32>> byWeight = ImmutableMap.builder();
        for (int i = 0; i < trained.size(); i++) {
          byWeight.put(trained.get(i).name(), gradients.dy(i + 1));
        }
        WeightLoader loader = new WeightLoader(tf, params);
        try (Session session = new Session(graph)) {
          loader.load(session, weights);
          compareOutputs(session, asked, comparisons);
          compareGradients(
              new SessionWeights(session, byWeight.buildOrThrow()).read(), comparisons);
          params.stateUpdates().forEach(session::run);
          compareStatistics(loader.read(session), comparisons);
        }
      }
    }

    private Operand<TFloat32> constant(Ops tf, String part) {
      try (TFloat32 value = Pixels.tensor(file.tensor(name + "." + part))) {
        return tf.constant(value);
      }
    }

    private void compareOutputs(
        Session session, Map<String, Operand<TFloat32>> asked, Comparisons comparisons) {
      Session.Runner runner = session.runner();
      asked.values().forEach(runner::fetch);
      try (Result result = runner.run()) {
        int index = 0;
        for (String part : asked.keySet()) {
          float[] expected = file.tensor(name + "." + part).floats();
          comparisons.add(part, name, Pixels.floats(result.get(index++)), expected, TOLERANCE);
        }
      }
    }

    private void compareGradients(Map<String, Weight> actual, Comparisons comparisons) {
      ImmutableMap<String, Weight> expected = renamed(file.below(name + ".grad.weights."));
      compare("gradients of weights", actual, expected, comparisons);
    }

    private void compareStatistics(Map<String, Weight> actual, Comparisons comparisons) {
      ImmutableMap<String, Weight> expected = renamed(file.below(name + ".after."));
      Map<String, Weight> statistics = new LinkedHashMap<>(actual);
      statistics.keySet().removeIf(weight -> !weight.contains(".running_"));
      compare("running statistics", statistics, expected, comparisons);
    }

    private void compare(
        String aspect,
        Map<String, Weight> actual,
        Map<String, Weight> expected,
        Comparisons comparisons) {
      checkArgument(
          actual.keySet().equals(expected.keySet()),
          "%s of '%s' are of %s, the head has %s",
          aspect,
          name,
          expected.keySet(),
          actual.keySet());
      expected.forEach(
          (weight, value) ->
              comparisons.add(
                  aspect,
                  name + "." + weight,
                  actual.get(weight).floats(),
                  value.floats(),
                  TOLERANCE));
    }

    private Head head(Map<String, Weight> weights) {
      int in = options.whole("in_dim");
      int hidden = options.whole("hidden_dim");
      int out = options.whole("out_dim");
      boolean lastBias =
          weights.containsKey(LAYERS + "3.bias") && !weights.containsKey(LAYERS + "4.weight");
      MlpHead mlp =
          switch (options.text("head")) {
            case "simclr" -> Heads.simClr(in, hidden, out);
            case "simclr_solo_learn" -> Heads.simClrWithoutNorm(in, hidden, out);
            case "mocov3_projection" -> Heads.mocoProjection(in, hidden, out);
            case "mocov3_prediction" -> Heads.mocoPrediction(in, hidden, true);
            case "byol_projection", "byol_prediction", "simsiam_prediction" ->
                Heads.twoLayers(in, hidden, out, lastBias);
            case "simsiam_projection" -> Heads.simSiamProjection(in, hidden, out);
            case "barlow_twins", "vicreg" ->
                Heads.expander(in, hidden, out, weights.containsKey(LAYERS + "6.bias"));
            case "swav" -> Heads.twoLayers(in, hidden, out, true);
            default ->
                throw new IllegalArgumentException(
                    "head '%s' is unknown".formatted(options.text("head")));
          };
      return options.has("prototypes")
          ? (tf, p, x, mode) -> prototypes(tf, mlp, p, x, mode)
          : mlp::of;
    }

    private Operand<TFloat32> prototypes(
        Ops tf, MlpHead mlp, Params p, Operand<TFloat32> x, Mode mode) {
      Operand<TFloat32> z = Layers.l2Normalize(tf, mlp.of(tf, p.at("projection_head"), x, mode));
      return tf.linalg.matMul(
          z, new Prototypes(mlp.outDim(), options.whole("prototypes")).of(tf, p));
    }

    /** Layers of an {@code nn.Sequential} without a name are below {@code layers} here. */
    private static ImmutableMap<String, Weight> renamed(Map<String, Weight> weights) {
      ImmutableMap.Builder<String, Weight> named = ImmutableMap.builder();
      weights.forEach(
          (weight, value) ->
              named.put(Character.isDigit(weight.charAt(0)) ? LAYERS + weight : weight, value));
      return named.buildOrThrow();
    }
  }
}
