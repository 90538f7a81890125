package org.dinojvm.serve;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import com.google.common.collect.Streams;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.dinojvm.model.Mode;
import org.dinojvm.serve.readout.ClassifySignature;
import org.dinojvm.weights.Messages;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.network.FiniteCheck;
import org.dinojvm.weights.network.SessionWeights;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.SessionFunction;
import org.tensorflow.Signature;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TFResourceExhaustedException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/** A model whose signatures run in a session, be it a SavedModel's or a checkpoint's. */
final class SessionFeatureModel implements FeatureModel {

  private final String name;
  private final ModelInfo info;
  private final SessionWeights weights;
  private final ImmutableMap<String, SessionFunction> functions;
  private final List<AutoCloseable> resources;
  private Optional<SessionFeatureModel> rebuilt = Optional.empty();

  private SessionFeatureModel(
      String name,
      ModelInfo info,
      SessionWeights weights,
      List<SessionFunction> functions,
      List<AutoCloseable> resources) {
    this.name = name;
    this.info = info;
    this.weights = weights;
    this.functions = Maps.uniqueIndex(functions, function -> function.signature().key());
    this.resources = resources;
  }

  /**
   * Loads a SavedModel as TensorFlow Serving would, but not before its files and, unless it is
   * trusted, its graph are checked.
   */
  static SessionFeatureModel ofSavedModel(Path version, ConfigProto options, Trust trust) {
    RegisteredOps.prepare();
    ModelInfo info = ModelInfo.read(version);
    SavedModelFiles.check(version);
    if (trust == Trust.CHECKED) {
      GraphCheck.check(version);
    }
    String name = "the SavedModel " + version;
    SavedModelBundle bundle = null;
    try {
      bundle = SavedModelBundle.loader(version.toString()).withConfigProto(options).load();
      SessionWeights weights = weightsOf(bundle.graph(), bundle.session());
      weights.requireFinite();
      bundle.functions().forEach(SessionFeatureModel::requireOneToOne);
      return new SessionFeatureModel(name, info, weights, bundle.functions(), List.of(bundle));
    } catch (TensorFlowException | IllegalArgumentException e) {
      if (bundle != null) {
        bundle.close();
      }
      throw new IllegalArgumentException(name + " cannot be opened: " + Messages.firstLine(e), e);
    }
  }

  /** Loads the teacher of a checkpoint into the same graph that an export holds. */
  static SessionFeatureModel ofCheckpoint(Path checkpoint) {
    return of(CheckpointTeacher.of(checkpoint));
  }

  /** Loads a network from where its weights are. */
  static SessionFeatureModel of(Teacher teacher) {
    return ofGraph(teacher.name(), teacher.config(), teacher.hasHead(), 0, teacher::load);
  }

  /** The same graph with the weights that training would start from. */
  static SessionFeatureModel untrained(ModelConfig config, long seed) {
    return ofGraph("the untrained network", config, true, seed, ServingGraph::initialize);
  }

  private static SessionFeatureModel ofGraph(
      String name,
      ModelConfig config,
      boolean withHead,
      long seed,
      BiConsumer<ServingGraph, Session> loader) {
    Graph graph = new Graph();
    ServingGraph serving =
        new ServingGraph(Ops.create(graph), config, withHead, Mode.EVALUATION, seed);
    ImmutableList<Signature> signatures =
        ImmutableList.<Signature>builder()
            .addAll(serving.signatures())
            .addAll(serving.evaluationSignatures())
            .build();
    Session session = Sessions.open(graph, config.threads());
    try {
      loader.accept(serving, session);
    } catch (RuntimeException e) {
      session.close();
      graph.close();
      throw e;
    }
    List<SessionFunction> functions =
        signatures.stream().map(signature -> SessionFunction.create(signature, session)).toList();
    return new SessionFeatureModel(
        name, ModelInfo.of(config), serving.weights(session), functions, List.of(session, graph));
  }

  /** But {@code classify} gives probabilities and names, and is called by servers alone. */
  private static void requireOneToOne(SessionFunction function) {
    Signature signature = function.signature();
    checkArgument(
        signature.inputNames().size() == 1
            && (signature.outputNames().size() == 1
                || signature.key().equals(ClassifySignature.KEY)),
        "its signature '%s' has not one input and one output",
        Messages.printable(signature.key()));
  }

  /** All variables of the graph, since it serves one network and holds nothing else. */
  private static SessionWeights weightsOf(Graph graph, Session session) {
    Ops tf = Ops.create(graph);
    ImmutableMap.Builder<String, Operand<TFloat32>> values = ImmutableMap.builder();
    Streams.stream(graph.operations())
        .filter(operation -> operation.type().equals(VarHandleOp.OP_NAME))
        .toList()
        .forEach(
            variable ->
                values.put(
                    variable.name(),
                    tf.readVariableOp(variable.<TFloat32>output(0), TFloat32.class)));
    return new SessionWeights(session, values.buildOrThrow());
  }

  /** The weights by published name, to be read before they are given back and this is closed. */
  SessionWeights.Held holdWeights() {
    return weights.hold();
  }

  /** The weights by published name. */
  ImmutableMap<String, Weight> weights() {
    return weights.read();
  }

  @Override
  public ModelInfo info() {
    return info;
  }

  @Override
  public String fingerprint() {
    Hasher hasher = Hashing.sha256().newHasher().putUnencodedChars(info.identity());
    weights().forEach((name, weight) -> hasher.putUnencodedChars(name).putBytes(weight.data()));
    return hasher.hash().toString();
  }

  @Override
  public TFloat32 features(TString encoded) {
    return call("serving_default", encoded);
  }

  @Override
  public TFloat32 features(TFloat32 images) {
    return call("images", images);
  }

  @Override
  public TFloat32 attention(TFloat32 images) {
    return call("attention", images);
  }

  @Override
  public boolean hasTokens() {
    return functions.containsKey("tokens");
  }

  @Override
  public boolean hasBlocks() {
    return withEvaluationSignatures().functions.containsKey("blocks");
  }

  @Override
  public TFloat32 tokens(TFloat32 images) {
    return call("tokens", images);
  }

  @Override
  public TFloat32 classAndPatchTokens(TFloat32 images) {
    return withEvaluationSignatures().call("class_and_patch_tokens", images);
  }

  @Override
  public TFloat32 blocks(TFloat32 images) {
    return withEvaluationSignatures().call("blocks", images);
  }

  @Override
  public TFloat32 blocks(TString encoded) {
    return withEvaluationSignatures().call("blocks_of_encoded", encoded);
  }

  /** Exports lack what only evaluations ask for: the same network, built from its weights. */
  private synchronized SessionFeatureModel withEvaluationSignatures() {
    if (functions.containsKey("class_and_patch_tokens") || !hasTokens()) {
      return this;
    }
    if (rebuilt.isEmpty()) {
      rebuilt = Optional.of(of(RebuiltTeacher.of(name, info, weights())));
    }
    return rebuilt.get();
  }

  TFloat32 call(String key, Tensor input) {
    SessionFunction function = functions.get(key);
    if (function == null) {
      throw new UnsupportedOperationException(
          info.arch() + " has no " + key + "; only a Vision Transformer has");
    }
    TFloat32 output = run(function, input);
    try {
      requireShape(key, input, output);
      requireFinite(key, input, output);
    } catch (RuntimeException e) {
      output.close();
      throw e;
    }
    return output;
  }

  private TFloat32 run(SessionFunction function, Tensor input) {
    String key = function.signature().key();
    String inputName = function.signature().inputNames().iterator().next();
    try {
      // Not closed: its one tensor is the caller's.
      Tensor output = function.call(Map.of(inputName, input)).get(0);
      checkArgument(output instanceof TFloat32, "it gives %s, expected floats", output.dataType());
      return (TFloat32) output;
    } catch (TFInvalidArgumentException e) {
      if (input instanceof TString) {
        throw e; // most likely one of the files is no picture: the caller can find out which
      }
      throw cannotCompute(key, e);
    } catch (TFResourceExhaustedException e) {
      throw new IllegalStateException(
          "%s: no memory for %s of %s: %s"
              .formatted(name, key, input.shape(), Messages.firstLine(e)),
          e);
    } catch (TensorFlowException | IllegalArgumentException e) {
      throw cannotCompute(key, e);
    }
  }

  private IllegalArgumentException cannotCompute(String key, RuntimeException e) {
    return new IllegalArgumentException(
        "%s cannot compute %s: %s".formatted(name, key, Messages.firstLine(e)), e);
  }

  private void requireShape(String key, Tensor input, TFloat32 output) {
    boolean features = key.equals("serving_default") || key.equals("images");
    int rank =
        features || key.equals("projection") ? 2 : key.equals("class_and_patch_tokens") ? 3 : 4;
    Shape shape = output.shape();
    checkArgument(
        shape.numDimensions() == rank
            && shape.get(0) == input.shape().get(0)
            && (!features || shape.get(1) == info.embedDim()),
        "%s gives %s of shape %s for pictures of shape %s and %s features",
        name,
        key,
        shape,
        input.shape(),
        info.embedDim());
  }

  /** The weights are finite, so that either the pictures are not or a sum is too large. */
  private void requireFinite(String key, Tensor input, TFloat32 output) {
    if (!FiniteCheck.allFinite(output)) {
      checkArgument(
          !(input instanceof TFloat32 images) || FiniteCheck.allFinite(images),
          "the pictures hold values that are not finite (NaN or infinite)");
      throw new IllegalArgumentException(
          "%s gives values for %s that are not finite (NaN or infinite), though its weights are:"
                  .formatted(name, key)
              + " they are too large to compute with");
    }
  }

  @Override
  public synchronized void close() {
    rebuilt.ifPresent(SessionFeatureModel::close);
    for (AutoCloseable resource : resources) {
      try {
        resource.close();
      } catch (Exception e) {
        throw new IllegalStateException("cannot close " + resource, e);
      }
    }
  }
}
