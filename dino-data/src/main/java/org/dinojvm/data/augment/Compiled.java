package org.dinojvm.data.augment;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.Scope;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Functions of the input pipeline that XLA compiles to native loops: element-wise operations that
 * follow each other become one pass over the pixels, and a branch costs only what it does. All
 * shapes must be known. They have loops and branches, hold floats and have no gradient; the model's
 * compiled regions are another matter: no control flow, but gradients and two types of numbers.
 */
public final class Compiled {

  /** A crop to another of the same shape, by some numbers. */
  @FunctionalInterface
  public interface Change {
    /** The changed crop, of the shape of the given one. */
    Operand<TFloat32> apply(Ops tf, Operand<TFloat32> crop, List<Operand<TFloat32>> numbers);
  }

  /** TensorFlow takes functions of one name for one function, and so mixes up sizes. */
  private static final AtomicLong FUNCTIONS = new AtomicLong();

  private Compiled() {}

  /** A function of one tensor. */
  public interface Body {
    /** Its result, made by operations of the given graph. */
    Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x);
  }

  /** Calls a function whose result has its argument's shape, compiled. */
  public static Operand<TFloat32> call(Ops tf, Operand<TFloat32> x, Body body) {
    Function<Ops, Signature> function =
        ops -> {
          Placeholder<TFloat32> inner = placeholder(ops, x.shape());
          return Signature.builder(unique("compiled"))
              .input("x", inner)
              .output("y", body.apply(ops, inner))
              .build();
        };
    return tf.ensureShape(call(tf, function, ImmutableList.of(x)), x.shape());
  }

  /** Calls a function with one result, compiled. */
  static Operand<TFloat32> call(
      Ops tf, Function<Ops, Signature> body, List<Operand<TFloat32>> inputs) {
    try (ConcreteFunction function = ConcreteFunction.create(body)) {
      Scope scope = tf.scope();
      scope.env().attachFunction(function);
      DataType[] types = new DataType[inputs.size()];
      Arrays.fill(types, DataType.DT_FLOAT);
      return floats(
          scope
              .opBuilder("StatefulPartitionedCall", "compiled")
              .addInputList(inputs.stream().map(Operand::asOutput).toArray(Output<?>[]::new))
              .setAttr("Tin", types)
              .setAttr("Tout", new DataType[] {DataType.DT_FLOAT})
              .setAttr("f", function)
              .setAttr("_XlaMustCompile", true)
              .build()
              .output(0));
    }
  }

  /** One of several changes of a crop. */
  static Operand<TFloat32> choose(
      Ops tf,
      Operand<TInt32> index,
      Operand<TFloat32> crop,
      List<Operand<TFloat32>> numbers,
      List<Change> changes) {
    List<ConcreteFunction> branches =
        changes.stream()
            .map(change -> ConcreteFunction.create(ops -> branch(ops, crop, numbers, change)))
            .toList();
    ImmutableList<Operand<?>> inputs =
        ImmutableList.<Operand<?>>builder().add(crop).addAll(numbers).build();
    Output<?> chosen =
        tf.statelessCase(index, inputs, ImmutableList.of(TFloat32.class), branches).output().get(0);
    branches.forEach(ConcreteFunction::close);
    return tf.ensureShape(floats(chosen), crop.shape());
  }

  /**
   * A change of a crop, or the crop as it is.
   *
   * @param chance [] drawn from {@link Interval#chance}: it happens if this is above 0
   * @param crop of any shape, which is the result's, too
   * @param numbers that the change needs
   */
  public static Operand<TFloat32> when(
      Ops tf,
      Operand<TFloat32> chance,
      Operand<TFloat32> crop,
      List<Operand<TFloat32>> numbers,
      Change change) {
    return choose(
        tf,
        tf.dtypes.cast(tf.math.greater(chance, tf.constant(0f)), TInt32.class),
        crop,
        numbers,
        ImmutableList.of((ops, same, unused) -> ops.identity(same), change));
  }

  /** The same with a change that needs no numbers. */
  public static Operand<TFloat32> when(
      Ops tf, Operand<TFloat32> chance, Operand<TFloat32> crop, Body change) {
    return when(tf, chance, crop, ImmutableList.of(), (ops, x, unused) -> change.apply(ops, x));
  }

  /** A step of a loop. */
  interface Step {
    Operand<TFloat32> apply(
        Ops tf, Operand<TInt32> i, Operand<TFloat32> state, List<Operand<TFloat32>> numbers);
  }

  /** Repeats a step for i from 0 to count − 1; the numbers stay as they are. */
  static Operand<TFloat32> loop(
      Ops tf,
      Operand<TInt32> count,
      Operand<TFloat32> state,
      List<Operand<TFloat32>> numbers,
      Step step) {
    ImmutableList<Operand<?>> inputs =
        ImmutableList.<Operand<?>>builder()
            .add(tf.constant(0))
            .add(count)
            .add(state)
            .addAll(numbers)
            .build();
    try (ConcreteFunction condition =
            ConcreteFunction.create(ops -> loopFunction(ops, state, numbers, null));
        ConcreteFunction body =
            ConcreteFunction.create(ops -> loopFunction(ops, state, numbers, step))) {
      Output<?> result = tf.statelessWhile(inputs, condition, body).output().get(2);
      return tf.ensureShape(floats(result), state.shape());
    }
  }

  /** Keeps what is before it out of the loops of what follows, where it would be computed anew. */
  static Operand<TFloat32> barrier(Ops tf, Operand<TFloat32> x) {
    Output<?>[] values = {x.asOutput()};
    return tf.ensureShape(
        floats(
            tf.scope()
                .opBuilder("XlaOptimizationBarrier", "barrier")
                .addInputList(values)
                .build()
                .output(0)),
        x.shape());
  }

  /** Puts a part in place of what is at its start. */
  static Operand<TFloat32> put(
      Ops tf, Operand<TFloat32> whole, Operand<TFloat32> part, Operand<TInt32> start) {
    return floats(
        tf.scope()
            .opBuilder("XlaDynamicUpdateSlice", "put")
            .addInput(whole.asOutput())
            .addInput(part.asOutput())
            .addInput(start.asOutput())
            .build()
            .output(0));
  }

  private static Signature branch(
      Ops tf, Operand<TFloat32> crop, List<Operand<TFloat32>> numbers, Change change) {
    Signature.Builder signature = Signature.builder(unique("branch"));
    Placeholder<TFloat32> x = placeholder(tf, crop.shape());
    signature.input("x", x);
    List<Operand<TFloat32>> inner = numbers(tf, numbers, signature);
    return signature.output("y", change.apply(tf, x, inner)).build();
  }

  /** The loop's condition where there is no step, else its body. */
  private static Signature loopFunction(
      Ops tf, Operand<TFloat32> state, List<Operand<TFloat32>> numbers, Step step) {
    Placeholder<TInt32> i = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
    Placeholder<TInt32> count = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
    Placeholder<TFloat32> x = placeholder(tf, state.shape());
    Signature.Builder signature = Signature.builder(unique("loop"));
    signature.input("i", i).input("count", count).input("x", x);
    List<Operand<TFloat32>> inner = numbers(tf, numbers, signature);
    if (step == null) {
      return signature.output("more", tf.math.less(i, count)).build();
    }
    signature
        .output("next", tf.math.add(i, tf.constant(1)))
        .output("sameCount", tf.identity(count))
        .output("y", step.apply(tf, i, x, inner));
    for (int k = 0; k < inner.size(); k++) {
      signature.output("same" + k, tf.identity(inner.get(k)));
    }
    return signature.build();
  }

  /** A name that no other function has. */
  static String unique(String name) {
    return name + FUNCTIONS.getAndIncrement();
  }

  private static List<Operand<TFloat32>> numbers(
      Ops tf, List<Operand<TFloat32>> outer, Signature.Builder signature) {
    ImmutableList.Builder<Operand<TFloat32>> inner = ImmutableList.builder();
    for (int k = 0; k < outer.size(); k++) {
      Placeholder<TFloat32> number = placeholder(tf, outer.get(k).shape());
      signature.input("number" + k, number);
      inner.add(number);
    }
    return inner.build();
  }

  private static Placeholder<TFloat32> placeholder(Ops tf, Shape shape) {
    return tf.placeholder(TFloat32.class, Placeholder.shape(shape));
  }

  private static Operand<TFloat32> floats(Output<?> output) {
    return output.expect(TFloat32.class);
  }
}
