package org.dinojvm.serve;

import com.google.common.collect.Iterables;
import com.google.common.math.LongMath;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.dinojvm.weights.Messages;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Reads the graph of a SavedModel as data and refuses what no export of this project needs, before
 * TensorFlow loads it: a graph is a program, which could read and write files as soon as it is
 * opened.
 *
 * <ul>
 *   <li>Every operation, of functions too, is one of {@link ServingOps}.
 *   <li>Opening runs the saver's restore operation and nothing else: no initialization, no assets.
 *   <li>Only the saver reads or writes files, and only at the place it is given: its file name is a
 *       placeholder. No signature needs it, and restoring needs no saving.
 *   <li>Functions do not call themselves, and neither they nor constants unfold without bound.
 * </ul>
 *
 * <p>Not checked: what the allowed operations compute, how long they take and how much memory.
 */
final class GraphCheck {

  /** An export of this project takes less than a megabyte. */
  private static final int MAX_BYTES = 16 << 20;

  private static final long MAX_CONSTANT_ELEMENTS = 1 << 26;
  private static final long MAX_UNFOLDED_NODES = 1_000_000;
  private static final int MAX_CALL_DEPTH = 16;

  private static final String INITIALISATION = "__saved_model_init_op";

  private final Path folder;
  private final MetaGraphDef meta;
  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Map<String, FunctionDef> functions = new HashMap<>();
  private final Map<String, Unfolded> unfolded = new HashMap<>();

  private GraphCheck(Path folder, MetaGraphDef meta) {
    this.folder = folder;
    this.meta = meta;
  }

  /**
   * Checks a SavedModel.
   *
   * @param folder of one version
   * @throws IllegalArgumentException naming the folder and what is refused, or if it is damaged
   */
  static void check(Path folder) {
    for (MetaGraphDef meta : read(folder).getMetaGraphsList()) {
      new GraphCheck(folder, meta).check();
    }
  }

  private static SavedModel read(Path folder) {
    Path file = folder.resolve(SavedModelFiles.GRAPH);
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw refusal(folder, "its %s takes %d bytes".formatted(SavedModelFiles.GRAPH, size));
      }
      return SavedModel.parseFrom(Files.readAllBytes(file));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(
          "the SavedModel %s cannot be loaded: its %s is damaged, it cannot be parsed"
              .formatted(folder, SavedModelFiles.GRAPH),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private void check() {
    GraphDef graph = meta.getGraphDef();
    for (FunctionDef function : graph.getLibrary().getFunctionList()) {
      index(functions, function.getSignature().getName(), function);
    }
    graph.getNodeList().forEach(node -> index(nodes, node.getName(), node));
    for (NodeDef node : graph.getNodeList()) {
      checkOperation(node);
      checkInputsExist(node);
      checkFileName(node);
    }
    for (FunctionDef function : functions.values()) {
      for (NodeDef node : function.getNodeDefList()) {
        checkOperation(node);
        refuseIf(ServingOps.SAVER.contains(node.getOp()), "a function that holds", node);
      }
    }
    checkConstants();
    checkCalls();
    checkOpening();
    meta.getSignatureDefMap().forEach(this::checkSignature);
  }

  private <T> void index(Map<String, T> byName, String name, T value) {
    if (byName.put(name, value) != null) {
      throw new IllegalArgumentException(
          "%s is damaged: its graph holds '%s' twice".formatted(folder, Messages.printable(name)));
    }
  }

  // ----------------------------------------------------------- operations

  private void checkOperation(NodeDef node) {
    refuseIf(!ServingOps.ALLOWED.contains(node.getOp()), "the operation", node);
    checkNumberOfInputs(node);
  }

  /** TensorFlow's graph optimizer crashes the process on nodes that lack an input. */
  private void checkInputsExist(NodeDef node) {
    for (String input : node.getInputList()) {
      requireWhole(nodes.containsKey(nodeOf(input)), node);
    }
  }

  private void checkNumberOfInputs(NodeDef node) {
    long expected = 0;
    for (OpDef.ArgDef input : RegisteredOps.byName().get(node.getOp()).getInputArgList()) {
      expected += size(input, node.getAttrMap());
    }
    requireWhole(
        node.getInputList().stream().filter(input -> !input.startsWith("^")).count() == expected,
        node);
  }

  /** How many tensors an input stands for: one, a number of one type, or a list of types. */
  private static long size(OpDef.ArgDef input, Map<String, AttrValue> attributes) {
    AttrValue none = AttrValue.getDefaultInstance();
    if (!input.getNumberAttr().isEmpty()) {
      return attributes.getOrDefault(input.getNumberAttr(), none).getI();
    }
    return input.getTypeListAttr().isEmpty()
        ? 1
        : attributes.getOrDefault(input.getTypeListAttr(), none).getList().getTypeCount();
  }

  private void requireWhole(boolean whole, NodeDef node) {
    if (!whole) {
      throw new IllegalArgumentException(
          "%s is damaged: inputs of the operation '%s' (%s) are missing"
              .formatted(folder, Messages.printable(node.getName()), node.getOp()));
    }
  }

  private void checkFileName(NodeDef node) {
    if (node.getOp().equals(ServingOps.RESTORE) || node.getOp().equals(ServingOps.SAVE)) {
      NodeDef file = node.getInputCount() == 0 ? null : nodes.get(nodeOf(node.getInput(0)));
      refuseIf(
          file == null || !file.getOp().equals("Placeholder"), "a file name of its own for", node);
    }
  }

  private void refuseIf(boolean refused, String what, NodeDef node) {
    if (refused) {
      throw refusal(
          folder,
          "its graph has %s %s ('%s')"
              .formatted(
                  what, Messages.printable(node.getOp()), Messages.printable(node.getName())));
    }
  }

  private void refuseIf(boolean refused, String what) {
    if (refused) {
      throw refusal(folder, what);
    }
  }

  private static IllegalArgumentException refusal(Path folder, String what) {
    return new IllegalArgumentException(
        ("refused: %s: %s, which no export of this project has, and a model can do harm with; if"
                + " you trust who made it, open it by --trust (in Java: Trust.FULL)")
            .formatted(folder, what));
  }

  // ------------------------------------------------ what unfolds in memory

  /** A tensor of any size can be written in a few bytes: all elements as its last one. */
  private void checkConstants() {
    long elements = 0;
    for (NodeDef node : allNodes()) {
      for (AttrValue value : node.getAttrMap().values()) {
        for (TensorProto tensor : tensors(value)) {
          refuseIf(
              tensor.getDtype() == DataType.DT_VARIANT || tensor.getDtype() == DataType.DT_RESOURCE,
              "a constant of type " + tensor.getDtype() + " in",
              node);
          elements = LongMath.saturatedAdd(elements, elements(tensor.getTensorShape()));
        }
      }
    }
    refuseIf(
        elements > MAX_CONSTANT_ELEMENTS,
        "its graph has constants of %d elements".formatted(elements));
  }

  private static Iterable<TensorProto> tensors(AttrValue value) {
    return value.hasTensor() ? List.of(value.getTensor()) : value.getList().getTensorList();
  }

  private static long elements(TensorShapeProto shape) {
    long elements = 1;
    for (TensorShapeProto.Dim dim : shape.getDimList()) {
      elements = LongMath.saturatedMultiply(elements, Math.max(0, dim.getSize()));
    }
    return elements;
  }

  private Iterable<NodeDef> allNodes() {
    return Iterables.concat(
        meta.getGraphDef().getNodeList(),
        Iterables.concat(Iterables.transform(functions.values(), FunctionDef::getNodeDefList)));
  }

  /** How many nodes a call unfolds to, and how deep its calls nest. */
  private record Unfolded(long nodes, int depth) {

    static final Unfolded NODE = new Unfolded(1, 0);

    Unfolded and(Unfolded other) {
      return new Unfolded(LongMath.saturatedAdd(nodes, other.nodes), Math.max(depth, other.depth));
    }
  }

  /** Functions that call functions twice, and so on, would unfold to any number of nodes. */
  private void checkCalls() {
    Unfolded all = unfolded(meta.getGraphDef().getNodeList(), 0);
    for (String function : functions.keySet()) {
      all = all.and(unfolded(function, 0));
    }
    refuseIf(
        all.depth > MAX_CALL_DEPTH, "its functions call each other %d deep".formatted(all.depth));
    refuseIf(
        all.nodes > MAX_UNFOLDED_NODES, "its functions unfold to %d nodes".formatted(all.nodes));
  }

  private Unfolded unfolded(List<NodeDef> callers, int depth) {
    Unfolded all = new Unfolded(0, 0);
    for (NodeDef caller : callers) {
      all = all.and(Unfolded.NODE);
      for (String function : (Iterable<String>) calls(caller)::iterator) {
        all = all.and(unfolded(function, depth));
      }
    }
    return all;
  }

  /** A function that calls itself is deeper than any limit. */
  private Unfolded unfolded(String name, int depth) {
    FunctionDef function = functions.get(name);
    if (function == null) {
      return new Unfolded(0, 0); // an operation
    }
    refuseIf(
        depth > MAX_CALL_DEPTH, "its functions call each other over " + MAX_CALL_DEPTH + " deep");
    Unfolded known = unfolded.get(name);
    if (known == null) {
      Unfolded inside = unfolded(function.getNodeDefList(), depth + 1);
      known = new Unfolded(inside.nodes, inside.depth + 1);
      unfolded.put(name, known);
    }
    return known;
  }

  /** The functions that a node names as its operation or in its attributes. */
  private static Stream<String> calls(NodeDef node) {
    Stream<String> attributes =
        node.getAttrMap().values().stream()
            .flatMap(
                value ->
                    value.hasFunc()
                        ? Stream.of(value.getFunc().getName())
                        : value.getList().getFuncList().stream()
                            .map(function -> function.getName()));
    return Stream.concat(Stream.of(node.getOp()), attributes);
  }

  // ------------------------------------------------------- what may be run

  /** Opening restores the variables, and nothing else. */
  private void checkOpening() {
    refuseIf(
        meta.getAssetFileDefCount() > 0 || meta.containsCollectionDef("saved_model_assets"),
        "it has assets");
    refuseIf(
        meta.containsSignatureDef(INITIALISATION)
            || meta.containsCollectionDef("saved_model_main_op")
            || meta.containsCollectionDef("legacy_init_op"),
        "it runs an initialization of its own");
    for (NodeDef node : needed(List.of(meta.getSaverDef().getRestoreOpName()))) {
      refuseIf(node.getOp().equals(ServingOps.SAVE), "for opening it", node);
    }
  }

  private void checkSignature(String key, SignatureDef signature) {
    List<String> outputs =
        signature.getOutputsMap().values().stream().map(TensorInfo::getName).toList();
    String what = "for the signature '%s'".formatted(Messages.printable(key));
    for (NodeDef node : needed(outputs)) {
      refuseIf(ServingOps.SAVER.contains(node.getOp()), what, node);
    }
  }

  /** All nodes that must run for these tensors or operations. */
  private List<NodeDef> needed(List<String> targets) {
    Set<String> seen = new HashSet<>();
    List<NodeDef> needed = new ArrayList<>();
    Deque<String> open = new ArrayDeque<>(targets);
    while (!open.isEmpty()) {
      String name = nodeOf(open.pop());
      NodeDef node = nodes.get(name);
      if (seen.add(name) && node != null) {
        needed.add(node);
        open.addAll(node.getInputList());
      }
    }
    return needed;
  }

  /** The node of an input: {@code name}, {@code name:0} or, for control, {@code ^name}. */
  private static String nodeOf(String input) {
    String name = input.startsWith("^") ? input.substring(1) : input;
    int colon = name.indexOf(':');
    return colon < 0 ? name : name.substring(0, colon);
  }
}
