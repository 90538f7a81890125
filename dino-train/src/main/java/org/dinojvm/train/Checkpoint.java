package org.dinojvm.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.model.Params.Variable;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.Restore;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * Ops that save a graph's variables to a TensorFlow checkpoint and read them back. The format is
 * TensorFlow's own bundle (SaveV2), so that its tools list and read the weights by name.
 */
final class Checkpoint {

  /** Files of a checkpoint folder start with this. */
  static final String PREFIX = "model";

  private final Placeholder<TString> prefix;
  private final Op save;
  private final Op restore;

  Checkpoint(Ops tf, List<Variable> variables, List<StepCounter> counters) {
    prefix = tf.placeholder(TString.class);
    List<String> names = new ArrayList<>();
    List<Operand<?>> handles = new ArrayList<>();
    List<Operand<?>> values = new ArrayList<>();
    List<Class<? extends TType>> types = new ArrayList<>();
    for (Variable variable : variables) {
      names.add(variable.name());
      handles.add(variable.handle());
      values.add(variable.value());
      types.add(TFloat32.class);
    }
    for (StepCounter counter : counters) {
      names.add(counter.name());
      handles.add(counter.handle());
      values.add(counter.value());
      types.add(TInt64.class);
    }
    Operand<TString> keys = tf.constant(NdArrays.vectorOfObjects(names.toArray(new String[0])));
    Operand<TString> whole = tf.fill(tf.constant(new int[] {names.size()}), tf.constant(""));
    save = tf.train.save(prefix, keys, whole, values);
    Restore restored = tf.train.restore(prefix, keys, whole, types);
    List<Op> assigned = new ArrayList<>();
    for (int i = 0; i < handles.size(); i++) {
      assigned.add(assign(tf, handles.get(i), restored.tensors().get(i)));
    }
    restore = tf.withControlDependencies(assigned).noOp();
  }

  @SuppressWarnings("unchecked") // a resource handle and a value of its own type
  private static Op assign(Ops tf, Operand<?> handle, Operand<?> value) {
    return tf.assignVariableOp((Operand<? extends TType>) handle, (Operand<? extends TType>) value);
  }

  /** Writes {@code folder/model.index} and {@code folder/model.data-…}. */
  void save(Session session, Path folder) {
    run(session, folder, save);
  }

  /**
   * Reads what {@link #save} wrote.
   *
   * @throws org.tensorflow.exceptions.TensorFlowException if it is damaged or holds other variables
   */
  void restore(Session session, Path folder) {
    run(session, folder, restore);
  }

  private void run(Session session, Path folder, Op op) {
    try (TString path = TString.scalarOf(folder.resolve(PREFIX).toString())) {
      session.runner().feed(prefix, path).addTarget(op).run().close();
    }
  }
}
