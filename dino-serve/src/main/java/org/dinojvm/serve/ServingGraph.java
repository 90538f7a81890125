package org.dinojvm.serve;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.checkpoint.Checkpoint;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.head.MultiCropNetwork;
import org.dinojvm.serve.readout.ClassifySignature;
import org.dinojvm.serve.readout.LinearClassifier;
import org.dinojvm.serve.readout.ReadOut;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.network.SessionWeights;
import org.dinojvm.weights.network.WeightLoader;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.MapDefun;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;

/**
 * The EMA teacher in a graph of its own, as users call it: from encoded bytes or from pixels to
 * features, patch tokens, attention and head outputs. Weights are named as in training, without the
 * {@code teacher.} in front.
 *
 * <p>Letters in shapes: N pictures, H × W pixels, h × w patches, D features, K prototypes.
 */
final class ServingGraph {

  /** What TensorFlow Serving expects of a signature. */
  private static final String PREDICT = "tensorflow/serving/predict";

  private final Ops tf;
  private final ModelConfig config;
  private final boolean withHead;
  private final Mode mode;
  private final MultiCropNetwork network;
  private final Params params;
  private final Operand<TString> encoded;
  private final Operand<TFloat32> images;
  private final Operand<TFloat32> normalized;

  /**
   * Builds the graph; its variables hold nothing yet.
   *
   * @param withHead whether there is a projection head, not a backbone alone
   * @param mode of the backbone's passes
   * @param seed of {@link #initialize initial values}
   */
  ServingGraph(Ops tf, ModelConfig config, boolean withHead, Mode mode, long seed) {
    this.tf = tf;
    this.config = config;
    this.withHead = withHead;
    this.mode = mode;
    network = new MultiCropNetwork(config.createBackbone(), config.createHead());
    params = Params.create(tf, "", seed);
    encoded = tf.withName("encoded").placeholder(TString.class, Placeholder.shape(Shape.of(-1)));
    images =
        tf.withName("images")
            .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
    normalized = normalize(wholePatches(images));
  }

  /**
   * Ops that read the weights from a training checkpoint; after {@link #signatures}.
   *
   * @param network whose weights to take: {@code teacher} or {@code student}
   */
  Checkpoint weightsOf(String network) {
    return new Checkpoint(
        tf,
        network + "_weights",
        params.variables().stream()
            .map(weight -> Checkpoint.Entry.of(network + ".", weight))
            .toList());
  }

  /**
   * Gives the weights the values of published ones; after {@link #signatures}.
   *
   * @throws IllegalArgumentException if they are not this network's
   */
  void load(Session session, Map<String, Weight> published) {
    new WeightLoader(tf, params).load(session, published);
  }

  /**
   * Writes published weights for {@linkplain #addSaver the graph's saver} to read; the graph's
   * variables do not get them, so that they need not be in memory together.
   *
   * @param prefix path of the files up to {@code .index}
   * @throws IllegalArgumentException if they are not this network's
   */
  void save(Map<String, Weight> published, Path prefix) throws IOException {
    WeightLoader.save(params, published, prefix);
  }

  /** The weights that a session of this graph holds. */
  SessionWeights weights(Session session) {
    ImmutableMap.Builder<String, Operand<TFloat32>> values = ImmutableMap.builder();
    params.variables().forEach(weight -> values.put(weight.name(), weight.value()));
    return new SessionWeights(session, values.buildOrThrow());
  }

  /** Gives the weights the values that training would start from; after {@link #signatures}. */
  void initialize(Session session) {
    params.variables().forEach(weight -> session.run(weight.initialize()));
  }

  /** Adds the saver that TensorFlow's SavedModel exporter looks for; after {@link #signatures}. */
  Checkpoint addSaver() {
    return new Checkpoint(
        tf,
        Checkpoint.SAVED_MODEL_SCOPE,
        params.variables().stream().map(weight -> Checkpoint.Entry.of("", weight)).toList());
  }

  /**
   * The ways to call the model: {@code serving_default}, {@code images}, {@code projection} if
   * there is a head, {@code attention} and {@code tokens} where the backbone has them.
   */
  ImmutableList<Signature> signatures() {
    return signatures(Optional.empty());
  }

  /**
   * The same with other features than the network's own; {@code projection} is of those.
   *
   * @throws IllegalArgumentException if the network has no such features
   */
  ImmutableList<Signature> signatures(Optional<ReadOut> readOut) {
    ImmutableList.Builder<Signature> signatures = ImmutableList.builder();
    Backbone.Pass ofEncoded = pass(normalize(viewsOfEncoded()));
    signatures.add(signature("serving_default", encoded, "features", features(ofEncoded, readOut)));
    Backbone.Pass pass = pass(normalized);
    signatures.add(signature("images", images, "features", features(pass, readOut)));
    if (withHead) {
      signatures.add(signature("projection", images, "projection", projection(pass.features())));
    }
    if (network.backbone().attentionHeads() > 0) {
      signatures.add(signature("attention", images, "attention", pass.attentionMaps()));
    }
    if (network.backbone().hasTokens()) {
      signatures.add(signature("tokens", images, "tokens", pass.patchTokens()));
    }
    return signatures.build();
  }

  /**
   * Calls that no export has, for evaluations: {@code blocks} and {@code class_and_patch_tokens} of
   * pixels and {@code blocks_of_encoded}, where the backbone has them; after {@link #signatures}.
   */
  ImmutableList<Signature> evaluationSignatures() {
    if (!network.backbone().hasTokens()) {
      return ImmutableList.of();
    }
    Backbone.Pass ofImages = pass(normalized);
    ImmutableList.Builder<Signature> signatures = ImmutableList.builder();
    signatures.add(
        signature("class_and_patch_tokens", images, "tokens", withoutRegisters(ofImages.tokens())));
    if (network.backbone().blocks() > 0) {
      signatures.add(blocksSignature("blocks", "images", images, ofImages));
      signatures.add(
          blocksSignature(
              "blocks_of_encoded", "encoded", encoded, pass(normalize(viewsOfEncoded()))));
    }
    return signatures.build();
  }

  /**
   * {@code classify}: encoded pictures to probabilities and names of classes; after {@link
   * #signatures}.
   *
   * @throws IllegalArgumentException if the classifier is not of a network like this
   */
  Signature classify(LinearClassifier classifier) {
    ClassifySignature signature = new ClassifySignature(tf, classifier);
    Backbone.Pass pass = pass(normalize(viewsOfEncoded()));
    if (classifier.blocks() == 0) {
      return signature.of(encoded, pass.features(), PREDICT);
    }
    checkArgument(
        network.backbone().blocks() > 0,
        "the classifier sees blocks of tokens, which this network does not have");
    Operand<TFloat32> seen = signature.seen(lastBlocks(pass), network.backbone().embedDim());
    return signature.of(encoded, seen, PREDICT);
  }

  private Operand<TFloat32> features(Backbone.Pass pass, Optional<ReadOut> readOut) {
    if (readOut.isEmpty()) {
      return pass.features();
    }
    ReadOut wanted = readOut.get();
    if (wanted.seesFeaturesAlone()) {
      return wanted.of(tf, pass.features());
    }
    checkArgument(
        network.backbone().blocks() > 0, "this network has no tokens: its features are cls alone");
    return wanted.of(tf, wanted.seen(tf, lastBlocks(pass), network.backbone().embedDim()));
  }

  private Signature blocksSignature(
      String key, String inputName, Operand<?> input, Backbone.Pass pass) {
    return Signature.builder()
        .key(key)
        .input(inputName, input)
        .output("blocks", tf.stack(lastBlocks(pass), Stack.axis(1L)))
        .methodName(PREDICT)
        .build();
  }

  /** Of normalized pictures (N, H, W, 3). */
  private Backbone.Pass pass(Operand<TFloat32> pixels) {
    return network.backbone().forward(tf, params.at("backbone"), pixels, mode);
  }

  /** (N, 2, D) for each of the last blocks, oldest first. */
  private List<Operand<TFloat32>> lastBlocks(Backbone.Pass pass) {
    return pass.intermediateLayers(Math.min(FeatureModel.LAST_BLOCKS, pass.depth())).stream()
        .map(this::classTokenAndMean)
        .toList();
  }

  /** (N, T, D) → (N, 2, D): the class token, and the mean of the patches'. */
  private Operand<TFloat32> classTokenAndMean(Operand<TFloat32> tokens) {
    Operand<TFloat32> mean = tf.math.mean(patchTokens(tokens), tf.constant(1), Mean.keepDims(true));
    return tf.concat(List.of(classToken(tokens), mean), tf.constant(1));
  }

  /** (N, T, D) → (N, 1 + h·w, D) */
  private Operand<TFloat32> withoutRegisters(Operand<TFloat32> tokens) {
    return tf.concat(List.of(classToken(tokens), patchTokens(tokens)), tf.constant(1));
  }

  /** (N, T, D) → (N, 1, D) */
  private Operand<TFloat32> classToken(Operand<TFloat32> tokens) {
    return tf.slice(tokens, tf.constant(new int[3]), tf.constant(new int[] {-1, 1, -1}));
  }

  /** (N, T, D) → (N, h·w, D): those behind the prefix. */
  private Operand<TFloat32> patchTokens(Operand<TFloat32> tokens) {
    int prefix = network.backbone().prefixTokens();
    return tf.slice(
        tokens, tf.constant(new int[] {0, prefix, 0}), tf.constant(new int[] {-1, -1, -1}));
  }

  private static Signature signature(
      String key, Operand<?> input, String outputName, Operand<?> output) {
    return Signature.builder()
        .key(key)
        .input(key.equals("serving_default") ? "encoded" : "images", input)
        .output(outputName, output)
        .methodName(PREDICT)
        .build();
  }

  /** Bytes to the evaluation view: string [N] → [N, side, side, 3]. */
  private Operand<TFloat32> viewsOfEncoded() {
    int side = config.evalView().evalCropSize();
    Shape shape = Shape.of(side, side, 3);
    ConcreteFunction view = ConcreteFunction.create(this::evaluationView);
    MapDefun views =
        tf.mapDefun(List.of(encoded), List.of(), List.of(TFloat32.class), List.of(shape), view);
    return views.output().get(0).asOutput().expect(TFloat32.class);
  }

  private Signature evaluationView(Ops function) {
    Operand<TString> bytes = function.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
    Operand<TFloat32> view = config.evalView().pixels(function, bytes);
    return Signature.builder()
        .key("evaluation_view")
        .input("bytes", bytes)
        .output("view", view)
        .build();
  }

  /**
   * As many patches as fit, from the top left: what the published patch convolution reads, too, of
   * a picture whose sides are no multiples of its stride.
   */
  private Operand<TFloat32> wholePatches(Operand<TFloat32> pixels) {
    if (network.backbone().stride() == 1) {
      return pixels;
    }
    Operand<TInt32> sides =
        tf.slice(tf.shape(pixels), tf.constant(new int[] {1}), tf.constant(new int[] {2}));
    Operand<TInt32> whole =
        tf.math.sub(sides, tf.math.floorMod(sides, tf.constant(network.backbone().stride())));
    Operand<TInt32> all = tf.constant(new int[] {-1});
    return tf.slice(
        pixels, tf.constant(new int[4]), tf.concat(List.of(all, whole, all), tf.constant(0)));
  }

  private Operand<TFloat32> normalize(Operand<TFloat32> pixels) {
    return tf.math.div(
        tf.math.sub(pixels, tf.constant(config.normalization().mean().toArray())),
        tf.constant(config.normalization().std().toArray()));
  }

  /** Head output: [N, D] → [N, K]. */
  private Operand<TFloat32> projection(Operand<TFloat32> features) {
    return network.head().logits(tf, params.at("head"), features, Mode.EVALUATION);
  }
}
