package org.dinojvm.serve;

import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.dinojvm.checkpoint.Checkpoint;
import org.dinojvm.weights.names.PublishedNames;
import org.dinojvm.weights.network.NetworkShape;
import org.dinojvm.weights.network.WeightFile;
import org.tensorflow.Session;

/**
 * A network from a file of another program; see {@link WeightFile}.
 *
 * @param weights what the file holds
 * @param config what it makes up
 */
public record ImportedTeacher(Path file, WeightFile weights, ModelConfig config)
    implements Teacher {

  /**
   * Reads a file.
   *
   * @param checkpointKey which network to take of a full checkpoint, {@code teacher} or {@code
   *     student}
   * @param settings what the user says of the network by the names of settings, such as {@code
   *     num_heads}
   * @throws IllegalArgumentException naming the file and what was expected and found
   */
  public static ImportedTeacher read(
      Path file, String checkpointKey, Map<String, String> settings) {
    WeightFile weights = WeightFile.read(file, checkpointKey);
    try {
      return new ImportedTeacher(file, weights, ImportedConfig.of(weights, settings));
    } catch (IllegalArgumentException e) {
      throw in(file, e);
    }
  }

  @Override
  public boolean hasHead() {
    return weights.weights().keySet().stream().anyMatch(PublishedNames::isHead);
  }

  /** What people call the published network that it is; empty for another. */
  public String label() {
    return NetworkShape.of(weights.weights()).backbone().label();
  }

  @Override
  public String origin() {
    return "Imported from `" + file.getFileName() + "`, which does not say how it was trained";
  }

  @Override
  public String name() {
    return file.toString();
  }

  @Override
  public String fingerprint() throws IOException {
    List<ByteSource> parts =
        WeightFile.filesOf(file).stream().map(MoreFiles::asByteSource).toList();
    return ByteSource.concat(parts).hash(Hashing.sha256()).toString();
  }

  @Override
  public void load(ServingGraph serving, Session session) {
    try {
      serving.load(session, weights.weights());
    } catch (IllegalArgumentException e) {
      throw in(file, e);
    }
  }

  /** Reads, and has in memory, a part of the file at a time. */
  @Override
  public void save(ServingGraph serving, Checkpoint saver, Session session, Path prefix)
      throws IOException {
    try {
      serving.save(weights.weights(), prefix);
    } catch (IllegalArgumentException e) {
      throw in(file, e);
    }
  }

  private static IllegalArgumentException in(Path file, IllegalArgumentException e) {
    return new IllegalArgumentException(file + ": " + e.getMessage(), e);
  }
}
