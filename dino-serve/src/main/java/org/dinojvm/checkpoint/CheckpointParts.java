package org.dinojvm.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.MergeV2Checkpoints;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * Writes tensors as one checkpoint of TensorFlow's, as {@link Checkpoint} reads it, a part at a
 * time: they need not be in memory together, and a part is a file of its own.
 */
public final class CheckpointParts {

  private static final long PART_BYTES = 256L << 20;

  /**
   * A tensor of the checkpoint.
   *
   * @param key name in the checkpoint
   * @param bytes that its values take
   * @param value makes it, when its part is written
   */
  public record Entry(String key, long bytes, Supplier<TFloat32> value) {}

  private CheckpointParts() {}

  /**
   * Writes a checkpoint.
   *
   * @param prefix path of its files up to {@code .index} and {@code .data-…}, in a folder that
   *     exists
   * @throws IOException if it cannot be written
   */
  public static void write(Path prefix, List<Entry> entries) throws IOException {
    write(prefix, entries, PART_BYTES);
  }

  /** The same in parts of at most so many bytes, unless one tensor has more. */
  static void write(Path prefix, List<Entry> entries, long partBytes) throws IOException {
    List<List<Entry>> parts = parts(entries, partBytes);
    try {
      if (parts.size() == 1) {
        writePart(prefix, parts.get(0));
        return;
      }
      List<String> written = new ArrayList<>();
      for (List<Entry> part : parts) {
        Path ofPart =
            prefix.resolveSibling("%s.part%d".formatted(prefix.getFileName(), written.size()));
        writePart(ofPart, part);
        written.add(ofPart.toString());
      }
      merge(written, prefix);
    } catch (TensorFlowException | TFInvalidArgumentException e) {
      throw new IOException("cannot write " + prefix + ": " + e.getMessage(), e);
    }
  }

  private static List<List<Entry>> parts(List<Entry> entries, long partBytes) {
    List<List<Entry>> parts = new ArrayList<>();
    long room = 0;
    for (Entry entry : entries) {
      if (parts.isEmpty() || entry.bytes > room) {
        parts.add(new ArrayList<>());
        room = partBytes;
      }
      parts.get(parts.size() - 1).add(entry);
      room -= entry.bytes;
    }
    return parts;
  }

  private static void writePart(Path prefix, List<Entry> entries) {
    List<TFloat32> values = new ArrayList<>();
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Session.Runner runner = session.runner();
      List<Operand<?>> tensors = new ArrayList<>();
      for (Entry entry : entries) {
        Placeholder<TFloat32> tensor = tf.placeholder(TFloat32.class);
        TFloat32 value = entry.value.get();
        values.add(value);
        runner.feed(tensor, value);
        tensors.add(tensor);
      }
      Operand<TString> whole =
          tf.fill(tf.constant(new int[] {entries.size()}), tf.constant("")); // no slices
      Op save =
          tf.train.save(
              tf.constant(prefix.toString()),
              strings(tf, entries.stream().map(Entry::key).toList()),
              whole,
              tensors);
      runner.addTarget(save).run().close();
    } finally {
      values.forEach(TFloat32::close);
    }
  }

  /** Renames the parts' files of values, and writes one index instead of theirs. */
  private static void merge(List<String> parts, Path prefix) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Op merged =
          tf.train.mergeV2Checkpoints(
              strings(tf, parts),
              tf.constant(prefix.toString()),
              MergeV2Checkpoints.deleteOldDirs(false));
      session.runner().addTarget(merged).run().close();
    }
  }

  /** [number of strings]. */
  private static Operand<TString> strings(Ops tf, List<String> strings) {
    return tf.constant(NdArrays.vectorOfObjects(strings.toArray(String[]::new)));
  }
}
