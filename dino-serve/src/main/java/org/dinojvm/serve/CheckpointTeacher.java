package org.dinojvm.serve;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.dinojvm.checkpoint.Checkpoints;
import org.tensorflow.Session;

/** The network of a training checkpoint that is evaluated: the EMA teacher, or the student. */
record CheckpointTeacher(Path folder, ModelConfig config) implements Teacher {

  static CheckpointTeacher of(Path checkpoint) {
    return new CheckpointTeacher(checkpoint, ModelConfig.read(Checkpoints.configOf(checkpoint)));
  }

  @Override
  public boolean hasHead() {
    return ModelConfig.tellsOfHead(Checkpoints.configOf(folder));
  }

  @Override
  public Optional<String> recipe() throws IOException {
    return Optional.of(Files.readString(Checkpoints.configOf(folder)));
  }

  @Override
  public String origin() {
    return "Exported from `" + folder.getFileName() + "`";
  }

  @Override
  public String name() {
    return "the checkpoint " + folder;
  }

  @Override
  public RunRecords records() throws IOException {
    return RunRecords.of(folder);
  }

  @Override
  public String fingerprint() throws IOException {
    return fingerprint(folder);
  }

  /** A checkpoint's index holds a checksum of every tensor. */
  static String fingerprint(Path checkpoint) throws IOException {
    return MoreFiles.asByteSource(checkpoint.resolve("model.index"))
        .hash(Hashing.sha256())
        .toString();
  }

  @Override
  public void load(ServingGraph serving, Session session) {
    restore(serving, session);
    try {
      serving.weights(session).requireFinite();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name() + ": " + e.getMessage(), e);
    }
  }

  /** The weights of the network that the run says; the student's where it has no teacher. */
  private void restore(ServingGraph serving, Session session) {
    ImmutableList<String> roots = config.served().roots();
    try {
      serving.weightsOf(roots.get(0)).restore(session, folder);
    } catch (IllegalArgumentException notThere) {
      if (roots.size() == 1 || !notThere.getMessage().contains("not found in checkpoint")) {
        throw notThere;
      }
      try {
        serving.weightsOf(roots.get(1)).restore(session, folder);
      } catch (IllegalArgumentException neitherThat) {
        notThere.addSuppressed(neitherThat);
        throw notThere;
      }
    }
  }
}
