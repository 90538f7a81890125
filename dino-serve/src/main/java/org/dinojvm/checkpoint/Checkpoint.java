package org.dinojvm.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.model.Params.Variable;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TFPermissionDeniedException;
import org.tensorflow.exceptions.TFResourceExhaustedException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
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
public final class Checkpoint {

  /**
   * The scope under which TensorFlow's SavedModel exporter and loaders look for a graph's saver:
   * {@code save/filename}, {@code save/control_dependency} and {@code save/restore_all}. The
   * library's own saver does not know resource variables.
   */
  public static final String SAVED_MODEL_SCOPE = "save";

  /** Files of a checkpoint folder start with this. */
  public static final String PREFIX = "model";

  /**
   * A variable and its key in the file.
   *
   * @param key name in the file
   * @param handle the resource
   * @param value its value
   * @param shape of the value
   * @param type of the value
   */
  public record Entry(
      String key, Operand<?> handle, Operand<?> value, Shape shape, Class<? extends TType> type) {

    /** An entry under the variable\'s own name. */
    public static Entry of(Variable variable) {
      return of("", variable);
    }

    /** An entry whose key is the variable's name behind a prefix. */
    public static Entry of(String prefix, Variable variable) {
      return new Entry(
          prefix + variable.name(),
          variable.handle(),
          variable.stored(),
          variable.shape(),
          TFloat32.class);
    }

    /** An int64 scalar that is saved with the weights. */
    public static Entry ofCount(String key, Operand<?> handle, Operand<TInt64> value) {
      return new Entry(key, handle, value, Shape.scalar(), TInt64.class);
    }
  }

  private final Placeholder<TString> filename;
  private final Op save;
  private final Op restore;

  /**
   * Adds the ops to a graph.
   *
   * @param tf ops of the graph
   * @param scope name for the ops, new in the graph
   * @param entries what to save and restore
   */
  public Checkpoint(Ops tf, String scope, List<Entry> entries) {
    Ops scoped = tf.withSubScope(scope);
    filename = scoped.withName("filename").placeholder(TString.class);
    Operand<TString> keys =
        scoped.constant(
            NdArrays.vectorOfObjects(entries.stream().map(Entry::key).toArray(String[]::new)));
    Operand<TString> whole =
        scoped.fill(scoped.constant(new int[] {entries.size()}), scoped.constant(""));
    Op saved =
        scoped.train.save(
            filename, keys, whole, entries.stream().<Operand<?>>map(Entry::value).toList());
    save = scoped.withControlDependencies(saved).withName("control_dependency").identity(filename);
    Restore restored =
        scoped.train.restore(
            filename,
            keys,
            whole,
            entries.stream().<Class<? extends TType>>map(Entry::type).toList());
    List<Op> assigned = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      assigned.add(assign(scoped, entries.get(i), restored.tensors().get(i)));
    }
    restore = scoped.withControlDependencies(assigned).withName("restore_all").noOp();
  }

  /** A resource variable would take a value of any shape. */
  @SuppressWarnings("unchecked") // a resource handle and a value of its own type
  private static Op assign(Ops tf, Entry entry, Operand<?> value) {
    return tf.assignVariableOp(
        (Operand<? extends TType>) entry.handle(),
        tf.ensureShape((Operand<? extends TType>) value, entry.shape()));
  }

  /**
   * Writes {@code folder/model.index} and {@code folder/model.data-…}.
   *
   * @throws IOException if they cannot be written
   */
  public void save(Session session, Path folder) throws IOException {
    saveAs(session, folder.resolve(PREFIX));
  }

  /**
   * Writes {@code prefix.index} and {@code prefix.data-…}.
   *
   * @throws IOException if they cannot be written
   */
  public void saveAs(Session session, Path prefix) throws IOException {
    try {
      run(session, prefix, save);
    } catch (TensorFlowException | TFInvalidArgumentException e) {
      throw new IOException(firstLine(e), e);
    }
  }

  /**
   * Reads what {@link #save} wrote.
   *
   * @throws IllegalArgumentException if it is damaged, or lacks a variable or has another shape
   * @throws UncheckedIOException if it may be whole but must not be read, or not at this time
   */
  public void restore(Session session, Path folder) {
    try {
      run(session, folder.resolve(PREFIX), restore);
    } catch (TFPermissionDeniedException | TFResourceExhaustedException e) {
      throw new UncheckedIOException(
          "the checkpoint %s cannot be read: %s".formatted(folder, firstLine(e)),
          new IOException(e));
    } catch (TensorFlowException | TFInvalidArgumentException e) {
      throw new IllegalArgumentException(
          "the checkpoint %s cannot be read: %s%s".formatted(folder, firstLine(e), hint(folder)),
          e);
    }
  }

  /** What else there is where a checkpoint is damaged. */
  public static String hint(Path folder) {
    return Checkpoints.before(folder)
        .map(older -> "; the checkpoint before it is " + older)
        .orElse("");
  }

  /** The lines after the first name nodes of the graph. */
  private static String firstLine(RuntimeException e) {
    return e.getMessage().lines().findFirst().orElse("");
  }

  private void run(Session session, Path prefix, Op op) {
    try (TString path = TString.scalarOf(prefix.toString())) {
      session.runner().feed(filename, path).addTarget(op).run().close();
    }
  }
}
