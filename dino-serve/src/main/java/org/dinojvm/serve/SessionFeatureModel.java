package org.dinojvm.serve;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import com.google.common.collect.Streams;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.dinojvm.weights.PublishedNames;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.WeightLoader;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.SessionFunction;
import org.tensorflow.Signature;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/** A model whose signatures run in a session, be it a SavedModel's or a checkpoint's. */
final class SessionFeatureModel implements FeatureModel {

  private final ModelInfo info;
  private final Graph graph;
  private final Session session;
  private final ImmutableMap<String, SessionFunction> functions;
  private final List<AutoCloseable> resources;

  private SessionFeatureModel(
      ModelInfo info,
      Graph graph,
      Session session,
      List<SessionFunction> functions,
      List<AutoCloseable> resources) {
    this.info = info;
    this.graph = graph;
    this.session = session;
    this.functions = Maps.uniqueIndex(functions, function -> function.signature().key());
    this.resources = resources;
  }

  /** Loads a SavedModel as TensorFlow Serving would. */
  static SessionFeatureModel ofSavedModel(Path version, ConfigProto options) {
    ModelInfo info = ModelInfo.read(version);
    Path weights = version.resolve("variables").resolve("variables.index");
    checkArgument(
        Files.exists(weights), "the SavedModel %s is incomplete: %s is missing", version, weights);
    ModelCard.checkFiles(version);
    try {
      SavedModelBundle bundle =
          SavedModelBundle.loader(version.toString()).withConfigProto(options).load();
      return new SessionFeatureModel(
          info, bundle.graph(), bundle.session(), bundle.functions(), List.of(bundle));
    } catch (TensorFlowException | TFInvalidArgumentException e) {
      throw new IllegalArgumentException(
          "the SavedModel " + version + " cannot be loaded: " + e.getMessage(), e);
    }
  }

  /** Loads the teacher of a checkpoint into the same graph that an export holds. */
  static SessionFeatureModel ofCheckpoint(Path checkpoint) {
    return of(CheckpointTeacher.of(checkpoint));
  }

  /** Loads a network from where its weights are. */
  static SessionFeatureModel of(Teacher teacher) {
    return ofGraph(teacher.config(), teacher.hasHead(), 0, teacher::load);
  }

  /** The same graph with the weights that training would start from. */
  static SessionFeatureModel untrained(ModelConfig config, long seed) {
    return ofGraph(config, true, seed, ServingGraph::initialize);
  }

  private static SessionFeatureModel ofGraph(
      ModelConfig config, boolean withHead, long seed, BiConsumer<ServingGraph, Session> loader) {
    Graph graph = new Graph();
    ServingGraph serving = new ServingGraph(Ops.create(graph), config, withHead, seed);
    ImmutableList<Signature> signatures = serving.signatures();
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
        ModelInfo.of(config), graph, session, functions, List.of(session, graph));
  }

  /**
   * The weights by published name: all variables of the graph, since it serves one network and
   * holds nothing else.
   */
  ImmutableMap<String, Weight> weights() {
    List<GraphOperation> variables =
        Streams.stream(graph.operations())
            .filter(operation -> operation.type().equals(VarHandleOp.OP_NAME))
            .toList();
    Ops tf = Ops.create(graph);
    Session.Runner runner = session.runner();
    for (GraphOperation variable : variables) {
      runner.fetch(tf.readVariableOp(variable.<TFloat32>output(0), TFloat32.class));
    }
    ImmutableMap.Builder<String, Weight> parameters = ImmutableMap.builder();
    try (Result result = runner.run()) {
      for (int i = 0; i < variables.size(); i++) {
        parameters.put(variables.get(i).name(), WeightLoader.weight(result.get(i)));
      }
    }
    return PublishedNames.toPublished(parameters.buildOrThrow());
  }

  @Override
  public ModelInfo info() {
    return info;
  }

  @Override
  public String fingerprint() {
    Hasher hasher = Hashing.sha256().newHasher().putUnencodedChars(info.toString());
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

  TFloat32 call(String key, Tensor input) {
    SessionFunction function = functions.get(key);
    if (function == null) {
      throw new UnsupportedOperationException(
          info.arch() + " has no " + key + "; only a Vision Transformer has");
    }
    String inputName = function.signature().inputNames().iterator().next();
    // Not closed: its one tensor is the caller's.
    Result result = function.call(Map.of(inputName, input));
    return (TFloat32) result.get(0);
  }

  @Override
  public void close() {
    for (AutoCloseable resource : resources) {
      try {
        resource.close();
      } catch (Exception e) {
        throw new IllegalStateException("cannot close " + resource, e);
      }
    }
  }
}
