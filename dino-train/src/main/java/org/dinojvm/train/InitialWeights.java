package org.dinojvm.train;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.model.head.HeadSettings;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.step.TrainGraph;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.PublishedNames;
import org.dinojvm.weights.network.NetworkShape;
import org.dinojvm.weights.network.NetworkShape.Head;
import org.dinojvm.weights.network.WeightFile;
import org.dinojvm.weights.network.WeightLoader;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Weights of a network trained elsewhere that a run starts from: its backbone, and its head too if
 * that has this run's sizes. Of a full checkpoint the teacher is taken.
 *
 * @param weights by published name, all of them this run's
 * @param description what was taken and what was not, in one line
 */
record InitialWeights(ImmutableMap<String, Weight> weights, String description) {

  private static final String POSITIONS = "backbone.pos_embed";

  /**
   * Reads the file of a run's {@code init}.
   *
   * @throws IllegalArgumentException if its backbone is not this run's
   */
  static InitialWeights read(TrainConfig config) {
    Path path = Path.of(config.run().init());
    WeightFile file = WeightFile.read(path);
    try {
      NetworkShape shape = NetworkShape.of(file.weights());
      checkBackbone(file, shape, config);
      return of(path, file, shape, config);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
    }
  }

  /** Gives them to the student, and the student's weights to the teacher. */
  void load(Ops tf, TrainGraph step, Session session) {
    new WeightLoader(tf, step.student()).loadSome(session, weights);
    step.copyStudentToTeacher(session);
  }

  private static InitialWeights of(
      Path path, WeightFile file, NetworkShape shape, TrainConfig config) {
    Map<String, Weight> taken = new LinkedHashMap<>(file.weights());
    StringBuilder description = new StringBuilder("starting from the backbone of " + path);
    int imageSize = shape.backbone().imageSize();
    int side = config.views().globalCropsSize();
    if (imageSize > 0 && imageSize != side) {
      VisionTransformer theirs = (VisionTransformer) backbone(shape, config, imageSize);
      taken.put(POSITIONS, resized(taken.get(POSITIONS), theirs, side));
      description.append(
          ", its position embedding resized from %1$d × %1$d to %2$d × %2$d patches"
              .formatted(imageSize / theirs.patchSize(), side / theirs.patchSize()));
    }
    Optional<String> reason = headLeftOut(shape, config);
    if (reason.isPresent()) {
      taken.keySet().removeIf(PublishedNames::isHead);
      description.append("; the head starts anew: ").append(reason.get());
    } else {
      description.append(" and its head");
    }
    if (!file.ignored().isEmpty()) {
      description.append("; left out: ").append(String.join(", ", file.ignored()));
    }
    return new InitialWeights(ImmutableMap.copyOf(taken), description.toString());
  }

  private static void checkBackbone(WeightFile file, NetworkShape shape, TrainConfig config) {
    int side = config.views().globalCropsSize();
    Backbone ours = config.backbone().create(side);
    Optional<String> difference = difference(file, ours, side);
    checkArgument(
        difference.isEmpty() || !shape.backbone().with(heads(config)).create(side).equals(ours),
        "%s; the file is damaged or mixed up: take it anew from where it was published",
        difference.orElse(""));
    checkArgument(
        difference.isEmpty(),
        "the backbone is not this run's %s: %s; for this file give %s, or --init alone",
        config.backbone().arch(),
        difference.orElse(""),
        shape.backbone().settings().entrySet().stream()
            .map(entry -> "--%s %s".formatted(entry.getKey(), SettingKey.text(entry.getValue())))
            .collect(Collectors.joining(" ")));
    String heads = file.settings().get("num_heads");
    int ownHeads = heads(config);
    checkArgument(
        heads == null || heads.equals(Integer.toString(ownHeads)),
        "it is for %s attention heads, this run's network has %s: give --num_heads %s",
        heads,
        ownHeads,
        heads);
  }

  /** The first weight by which the file's backbone is not the given one; empty if it is. */
  private static Optional<String> difference(WeightFile file, Backbone ours, int side) {
    Map<String, Weight> theirs =
        Maps.filterKeys(file.weights(), name -> !PublishedNames.isHead(name));
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Params params = Params.create(tf, "", 0);
      Operand<TFloat32> picture =
          tf.zeros(tf.constant(new int[] {1, side, side, 3}), TFloat32.class);
      Backbone.Pass pass = ours.forward(tf, params.at("backbone"), picture, Mode.EVALUATION);
      pass.features();
      return new WeightLoader(tf, params).firstDifference(theirs, Set.of(POSITIONS));
    }
  }

  /** The file's backbone with as many heads as this run's. */
  private static Backbone backbone(NetworkShape shape, TrainConfig config, int imageSize) {
    return shape.backbone().with(heads(config)).create(imageSize);
  }

  private static int heads(TrainConfig config) {
    BackboneSettings backbone = config.backbone();
    return backbone.family().facts(backbone).getOrDefault("heads", 0);
  }

  /** Why the file's head is not taken; empty if it is. */
  private static Optional<String> headLeftOut(NetworkShape shape, TrainConfig config) {
    if (config.settings().find("norm_last_layer").isEmpty()) {
      return Optional.of(config.method() + " has another one");
    }
    HeadSettings head = config.model().head();
    Head ours =
        new Head(head.headHiddenDim(), head.headBottleneckDim(), head.outDim(), head.useBnInHead());
    if (shape.head().isEmpty()) {
      return Optional.of("the file has none");
    }
    Head theirs = shape.head().get();
    return theirs.equals(ours)
        ? Optional.empty()
        : Optional.of("the file's is %s, this run's %s".formatted(sizes(theirs), sizes(ours)));
  }

  private static String sizes(Head head) {
    return "%d-%d-%d%s"
        .formatted(
            head.hiddenDim(),
            head.bottleneckDim(),
            head.outDim(),
            head.batchNorm() ? " with BatchNorm" : "");
  }

  /** As the given network itself would see a picture of that side: [1, 1 + n², D]. */
  private static Weight resized(Weight positions, VisionTransformer network, int side) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Params params = Params.create(tf, "", 0);
      Operand<TFloat32> picture =
          tf.zeros(tf.constant(new int[] {1, side, side, 3}), TFloat32.class);
      Operand<TFloat32> resized = network.positionEmbedding(tf, params, picture);
      WeightLoader loader = new WeightLoader(tf, params);
      try (Session session = new Session(graph)) {
        loader.load(session, Map.of("pos_embed", positions));
        try (Result result = session.runner().fetch(resized).run()) {
          return WeightLoader.weight(result.get(0));
        }
      }
    }
  }
}
