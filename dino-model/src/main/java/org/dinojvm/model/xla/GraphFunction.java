package org.dinojvm.model.xla;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NameAttrList;

/**
 * A function that a graph holds, ready to be called for inputs of certain types and shapes. It
 * refers to the function by name and holds nothing of the graph.
 */
public final class GraphFunction {

  /** What a function computes, built into a graph of its own. */
  interface Builder {
    /** The outputs for these inputs, which are placeholders. */
    Tensors build(Ops tf, Tensors inputs);
  }

  /** One of the outputs. */
  private record Result(String name, DataType type, Shape shape) {}

  private final String label;
  private final String definedName;
  private final ImmutableList<String> inputs;
  private final ImmutableList<Result> results;
  private final boolean byXla;

  private GraphFunction(
      String label,
      String definedName,
      ImmutableList<String> inputs,
      ImmutableList<Result> results,
      boolean byXla) {
    this.label = label;
    this.definedName = definedName;
    this.inputs = inputs;
    this.results = results;
    this.byXla = byXla;
  }

  /**
   * The graph's function of a name for certain inputs, added to it the first time.
   *
   * @param label of the computation; one label must always stand for the same computation
   * @param like has the names, types and shapes of the inputs
   * @param byXla whether XLA compiles it
   */
  static GraphFunction of(Ops tf, String label, Tensors like, boolean byXla, Builder builder) {
    String name = label + "_" + fingerprint(like);
    return GraphMemory.of(tf)
        .function(
            name,
            () -> {
              try (Graph own = new Graph()) {
                Ops ops = Ops.create(own);
                Tensors placeholders = placeholders(ops, like);
                Tensors outputs = builder.build(ops, placeholders);
                String defined = attach(tf, name, own, placeholders, outputs);
                return new GraphFunction(label, defined, like.names(), results(outputs), byXla);
              }
            });
  }

  /**
   * Adds a call, also where the graph is locked: in a gradient.
   *
   * @param given holds the function's inputs by name, and may hold more
   */
  public Tensors call(Ops tf, Tensors given) {
    List<Operand<?>> arguments = new ArrayList<>();
    inputs.forEach(input -> arguments.add(given.any(input)));
    OperationBuilder call = tf.scope().opBuilder("PartitionedCall", label);
    call.addInputList(arguments.stream().map(Operand::asOutput).toArray(Output<?>[]::new));
    // By name: the builder's own method would attach the function to the graph, for which a
    // gradient's caller holds the lock.
    call.setAttr(
        "f",
        AttrValue.newBuilder().setFunc(NameAttrList.newBuilder().setName(definedName)).build());
    call.setAttr("Tin", arguments.stream().map(GraphFunction::type).toArray(DataType[]::new));
    call.setAttr("Tout", results.stream().map(Result::type).toArray(DataType[]::new));
    if (byXla) {
      call.setAttr("_XlaMustCompile", true);
    }
    Operation called = call.build();
    Tensors outputs = Tensors.none();
    for (int i = 0; i < results.size(); i++) {
      // What a function returns has no shape in the graph; TensorFlow's optimizers ask for one.
      outputs =
          outputs.and(
              results.get(i).name(), tf.ensureShape(called.output(i), results.get(i).shape()));
    }
    return outputs;
  }

  /** Moves the ops into a function of the outer graph, which then needs nothing of ours. */
  private static String attach(
      Ops tf, String name, Graph own, Tensors placeholders, Tensors outputs) {
    Signature.Builder signature = Signature.builder(name);
    ImmutableList<Operand<?>> in = placeholders.all();
    ImmutableList<Operand<?>> out = outputs.all();
    IntStream.range(0, in.size()).forEach(i -> signature.input("x" + i, in.get(i)));
    IntStream.range(0, out.size()).forEach(i -> signature.output("y" + i, out.get(i)));
    try (ConcreteFunction function = ConcreteFunction.create(signature.build(), own)) {
      ((Graph) tf.scope().env()).attachFunction(function);
      return function.getDefinedName();
    }
  }

  private static Tensors placeholders(Ops tf, Tensors like) {
    Tensors placeholders = Tensors.none();
    for (String name : like.names()) {
      Operand<?> input = like.any(name);
      placeholders =
          placeholders.and(name, tf.placeholder(input.type(), Placeholder.shape(input.shape())));
    }
    return placeholders;
  }

  private static ImmutableList<Result> results(Tensors outputs) {
    return Streams.zip(
            outputs.names().stream(),
            outputs.all().stream(),
            (name, output) -> new Result(name, type(output), output.shape()))
        .collect(ImmutableList.toImmutableList());
  }

  /** Of the names, types and shapes that go in. */
  private static String fingerprint(Tensors inputs) {
    String text =
        inputs.names().stream()
            .map(name -> name + type(inputs.any(name)) + inputs.any(name).shape())
            .collect(Collectors.joining(";"));
    return Hashing.murmur3_128().hashString(text, StandardCharsets.UTF_8).toString();
  }

  private static DataType type(Operand<?> operand) {
    return operand.asOutput().dataType();
  }
}
