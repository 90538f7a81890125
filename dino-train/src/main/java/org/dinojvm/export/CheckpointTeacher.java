package org.dinojvm.export;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.dinojvm.train.TrainConfig;
import org.dinojvm.train.run.RunFolder;
import org.tensorflow.Session;

/** The EMA teacher of a training checkpoint. */
record CheckpointTeacher(Path folder, TrainConfig config) implements Teacher {

  static CheckpointTeacher of(Path checkpoint) {
    return new CheckpointTeacher(checkpoint, RunFolder.configOf(checkpoint));
  }

  @Override
  public boolean hasHead() {
    return true;
  }

  @Override
  public boolean hasRecipe() {
    return true;
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
    serving.teacherWeights().restore(session, folder);
    try {
      serving.weights(session).requireFinite();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name() + ": " + e.getMessage(), e);
    }
  }
}
