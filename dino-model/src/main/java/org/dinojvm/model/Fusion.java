package org.dinojvm.model;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * Regions of elementwise ops and reductions that XLA compiles into loops of their own, between the
 * matrix products of a forward or a backward pass. TensorFlow's kernels pass over memory once for
 * each op, and its elementwise ones are compiled for the oldest processor supported; a region reads
 * its inputs and writes its outputs about once, with the instructions of the processor at hand.
 *
 * <p>A region is a function of the graph, called with TensorFlow's {@code _XlaMustCompile}. Calls
 * with one name and the same types and shapes share one function, so it is compiled once. It has no
 * gradient; whoever uses it gives one, see {@link Differentiable}.
 *
 * <p>Ops may be {@linkplain #recomputed recomputed} instead: then XLA has no part in it, and a
 * function, derived from them, is the whole of their backward pass, for which nothing but inputs is
 * kept.
 */
final class Fusion {

  /** The computation, in float32 whatever the types outside. */
  @FunctionalInterface
  interface Body {
    /** Ops for {@code inputs}; where it is recomputed, the differentiable ones come first. */
    List<Operand<TFloat32>> outputs(Ops tf, List<Operand<TFloat32>> inputs);
  }

  /**
   * A function.
   *
   * @param reads numbers of the inputs that it takes; the others do not matter to its outputs
   * @param types of its outputs
   * @param shapes of its outputs
   */
  private record Compiled(
      ConcreteFunction function,
      ImmutableList<Integer> reads,
      ImmutableList<DataType> types,
      ImmutableList<Shape> shapes) {}

  /** A region, ready for inputs of certain types and shapes. */
  @FunctionalInterface
  interface Kernel {
    /** Adds a call, also where the graph is locked: in a gradient. */
    ImmutableList<Output<?>> call(Ops tf, List<? extends Operand<?>> inputs);
  }

  /** By name; a handful for each network and crop size. Guarded by the class. */
  private static final Map<String, Compiled> FUNCTIONS = new HashMap<>();

  private final String name;
  private final Body body;
  private final ImmutableList<Class<? extends TFloating>> types;

  private Fusion(String name, Body body, List<Class<? extends TFloating>> types) {
    this.name = name;
    this.body = body;
    this.types = ImmutableList.copyOf(types);
  }

  /**
   * A region.
   *
   * @param name of the computation; one name must always stand for the same computation
   * @param types of the outputs
   */
  static Fusion of(String name, Body body, List<Class<? extends TFloating>> types) {
    return new Fusion(name, body, types);
  }

  /**
   * The region's ops in the graph itself; its backward pass runs them again before it takes their
   * gradients.
   *
   * @param differentiable inputs with gradients
   * @param others inputs without
   * @return the outputs, differentiable
   */
  ImmutableList<Output<?>> recomputed(
      Ops tf, List<? extends Operand<?>> differentiable, List<? extends Operand<?>> others) {
    List<Operand<?>> inputs = new ArrayList<>(differentiable);
    inputs.addAll(others);
    Compiled backward = backward(name + "_" + fingerprint(inputs), inputs, differentiable.size());
    attach(tf, backward);
    return Differentiable.of(
        tf,
        name,
        inline(tf, inputs),
        inputs,
        (ops, in, out, dy) -> {
          List<Operand<?>> arguments = new ArrayList<>(in);
          arguments.set(0, after(ops, dy.get(0), in.get(0)));
          arguments.addAll(dy);
          return call(ops, backward, arguments, false);
        });
  }

  /**
   * A value, not before another is there. Else ops on it could run before their time, or be taken
   * for the same ops elsewhere. Added to the op itself: scopes of gradients ignore control
   * dependencies.
   */
  private static Output<?> after(Ops tf, Output<?> other, Output<?> value) {
    OperationBuilder late = tf.scope().opBuilder("Identity", "after");
    late.addInput(value);
    late.addControlInput(other.op());
    return late.build().output(0);
  }

  /**
   * Makes the region's function.
   *
   * @param like has the types and shapes of the inputs that it will be called with
   */
  Kernel kernel(Ops tf, List<? extends Operand<?>> like) {
    String key = name + "_" + fingerprint(like);
    Compiled function = function(key, () -> forward(key, like));
    attach(tf, function);
    return (ops, inputs) -> call(ops, function, inputs, true);
  }

  /** Calls the region, where there is one call only. */
  ImmutableList<Output<?>> call(Ops tf, List<? extends Operand<?>> inputs) {
    return kernel(tf, inputs).call(tf, inputs);
  }

  /** {@link #kernel(Ops, List)}, or the same ops one by one. */
  Kernel kernel(Ops tf, List<? extends Operand<?>> like, boolean fused) {
    return fused ? kernel(tf, like) : this::inline;
  }

  /** One of a region's outputs, in its type. */
  @SuppressWarnings("unchecked") // types are those that the region was made with
  static <S extends TFloating> Operand<S> output(List<Output<?>> outputs, int index) {
    return (Operand<S>) outputs.get(index);
  }

  private static void attach(Ops tf, Compiled compiled) {
    ((Graph) tf.scope().env()).attachFunction(compiled.function());
  }

  /** The same ops, one by one in the graph itself. */
  private ImmutableList<Output<?>> inline(Ops tf, List<? extends Operand<?>> inputs) {
    return outputs(tf, inputs).stream()
        .map(Operand::asOutput)
        .collect(ImmutableList.<Output<?>>toImmutableList());
  }

  private ImmutableList<Output<?>> call(
      Ops tf, Compiled compiled, List<? extends Operand<?>> given, boolean byXla) {
    List<Operand<?>> inputs = new ArrayList<>();
    compiled.reads().forEach(i -> inputs.add(given.get(i)));
    OperationBuilder call = tf.scope().opBuilder("PartitionedCall", name);
    call.addInputList(outputs(inputs));
    // By name: the builder's own method would attach the function to the graph, for which a
    // gradient's caller holds the lock.
    call.setAttr(
        "f",
        AttrValue.newBuilder()
            .setFunc(NameAttrList.newBuilder().setName(compiled.function().getDefinedName()))
            .build());
    call.setAttr("Tin", inputs.stream().map(Fusion::type).toArray(DataType[]::new));
    call.setAttr("Tout", compiled.types().toArray(new DataType[0]));
    if (byXla) {
      call.setAttr("_XlaMustCompile", true);
    }
    Operation called = call.build();
    // What a function returns has no shape in the graph; TensorFlow's optimizers ask for one.
    return IntStream.range(0, compiled.types().size())
        .mapToObj(i -> tf.ensureShape(called.output(i), compiled.shapes().get(i)).asOutput())
        .collect(ImmutableList.<Output<?>>toImmutableList());
  }

  /** The function of a name; making it may ask for others. */
  private static Compiled function(String key, Supplier<Compiled> maker) {
    synchronized (Fusion.class) {
      Compiled known = FUNCTIONS.get(key);
      if (known == null) {
        known = maker.get();
        FUNCTIONS.put(key, known);
      }
      return known;
    }
  }

  private Compiled forward(String key, List<? extends Operand<?>> inputs) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      List<Operand<?>> arguments = placeholders(tf, inputs);
      return compiled(key, graph, arguments, all(inputs), outputs(tf, arguments));
    }
  }

  private Compiled backward(String key, List<? extends Operand<?>> inputs, int differentiable) {
    String own = key + "_backward" + differentiable;
    return function(own, () -> newBackward(own, inputs, differentiable));
  }

  private Compiled newBackward(String key, List<? extends Operand<?>> inputs, int differentiable) {
    Set<Integer> reads;
    try (Graph graph = new Graph()) {
      Gradient gradient = gradient(Ops.create(graph), inputs, all(inputs), differentiable);
      reads = reads(gradient);
      for (int i = 0; i < inputs.size(); i++) {
        if (inputs.get(i).shape().hasUnknownDimension()) {
          reads.add(i); // nothing can stand in for it
        }
      }
    }
    try (Graph graph = new Graph()) {
      Gradient gradient = gradient(Ops.create(graph), inputs, reads, differentiable);
      return compiled(key, graph, gradient.arguments(), reads, gradient.dx());
    }
  }

  /**
   * The ops of a gradient.
   *
   * @param arguments the region's inputs, then a gradient of the loss for each of its outputs
   * @param dx gradients of the loss for the differentiable inputs
   */
  private record Gradient(List<Operand<?>> arguments, List<Operand<?>> dx) {}

  /**
   * Builds a gradient.
   *
   * @param reads numbers of the inputs that shall be arguments; zeros stand in for the others, of
   *     which nothing but the shape matters
   */
  private Gradient gradient(
      Ops tf, List<? extends Operand<?>> inputs, Set<Integer> reads, int differentiable) {
    List<Operand<?>> arguments = placeholders(tf, inputs);
    for (int i = 0; i < inputs.size(); i++) {
      if (!reads.contains(i)) {
        arguments.set(i, tf.zeros(tf.constant(inputs.get(i).shape()), inputs.get(i).type()));
      }
    }
    List<Operand<?>> outputs = new ArrayList<>();
    for (Operand<?> output : outputs(tf, arguments)) {
      outputs.add(tf.identity(output)); // an output that leads to another would lose gradients
    }
    List<Operand<?>> dy = new ArrayList<>();
    for (Operand<?> output : outputs) {
      dy.add(tf.placeholder(output.type(), Placeholder.shape(output.shape())));
    }
    Gradients gradients =
        tf.gradients(outputs, arguments.subList(0, differentiable), Gradients.dx(dy));
    List<Operand<?>> dx = new ArrayList<>();
    for (int i = 0; i < differentiable; i++) {
      dx.add(gradients.dy(i));
    }
    arguments.addAll(dy);
    return new Gradient(arguments, dx);
  }

  private static Set<Integer> all(List<?> inputs) {
    return IntStream.range(0, inputs.size()).boxed().collect(Collectors.toSet());
  }

  /** Numbers of the arguments whose values, not only their shapes, lead to the gradient. */
  private static Set<Integer> reads(Gradient gradient) {
    Set<Operation> needed = new HashSet<>();
    Deque<GraphOperation> open = new ArrayDeque<>();
    gradient.dx().forEach(dx -> open.push((GraphOperation) dx.op()));
    while (!open.isEmpty()) {
      GraphOperation next = open.pop();
      if (!next.type().startsWith("Shape") && needed.add(next)) {
        IntStream.range(0, next.numInputs())
            .forEach(i -> open.push((GraphOperation) next.input(i).op()));
      }
    }
    return IntStream.range(0, gradient.arguments().size())
        .filter(i -> needed.contains(gradient.arguments().get(i).op()))
        .boxed()
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static List<Operand<?>> placeholders(Ops tf, List<? extends Operand<?>> inputs) {
    List<Operand<?>> arguments = new ArrayList<>();
    for (Operand<?> input : inputs) {
      arguments.add(tf.placeholder(input.type(), Placeholder.shape(input.shape())));
    }
    return arguments;
  }

  /** The body between casts. */
  private List<Operand<?>> outputs(Ops tf, List<? extends Operand<?>> arguments) {
    List<Operand<TFloat32>> inputs = new ArrayList<>();
    for (Operand<?> argument : arguments) {
      inputs.add(Layers.cast(tf, argument, TFloat32.class));
    }
    List<Operand<TFloat32>> results = body.outputs(tf, inputs);
    List<Operand<?>> outputs = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      outputs.add(Layers.cast(tf, results.get(i), types.get(i)));
    }
    return outputs;
  }

  private static Compiled compiled(
      String key,
      Graph graph,
      List<Operand<?>> arguments,
      Set<Integer> reads,
      List<Operand<?>> outputs) {
    ImmutableList<Integer> ordered = ImmutableList.sortedCopyOf(reads);
    Signature.Builder signature = Signature.builder(key);
    ordered.forEach(i -> signature.input("x" + i, arguments.get(i)));
    IntStream.range(0, outputs.size()).forEach(i -> signature.output("y" + i, outputs.get(i)));
    return new Compiled(
        ConcreteFunction.create(signature.build(), graph),
        ordered,
        outputs.stream().map(Fusion::type).collect(ImmutableList.toImmutableList()),
        outputs.stream().map(Operand::shape).collect(ImmutableList.toImmutableList()));
  }

  /** Of the types and shapes that go in and the types that come out. */
  private String fingerprint(List<? extends Operand<?>> inputs) {
    String text =
        inputs.stream()
            .map(input -> type(input) + input.shape().toString())
            .collect(Collectors.joining(";", "", types.toString()));
    return Hashing.murmur3_128().hashString(text, StandardCharsets.UTF_8).toString();
  }

  private static DataType type(Operand<?> operand) {
    return operand.asOutput().dataType();
  }

  private static Output<?>[] outputs(List<? extends Operand<?>> operands) {
    return operands.stream().map(Operand::asOutput).toArray(Output<?>[]::new);
  }
}
