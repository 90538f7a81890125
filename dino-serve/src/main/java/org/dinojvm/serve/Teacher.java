package org.dinojvm.serve;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.dinojvm.checkpoint.Checkpoint;
import org.tensorflow.Session;

/** A network that a serving graph can take its weights from. */
public interface Teacher {

  /** What the network is and how it wants its pictures. */
  ModelConfig config();

  /** Whether there are weights for the projection head too, not for the backbone alone. */
  boolean hasHead();

  /** Where the weights come from, for the model card. */
  String origin();

  /** What messages call it, e.g. {@code the checkpoint runs/a/checkpoints/step-00000100}. */
  String name();

  /** All settings that it was trained with, as YAML; nothing where that is not known. */
  default Optional<String> recipe() throws IOException {
    return Optional.empty();
  }

  /** What is known of the run that trained it. */
  default RunRecords records() throws IOException {
    return RunRecords.NONE;
  }

  /** Tells these weights from others. */
  String fingerprint() throws IOException;

  /**
   * Gives a graph the weights; after {@link ServingGraph#signatures}.
   *
   * @throws IllegalArgumentException if they cannot be read, are not those of the graph or are not
   *     finite
   */
  void load(ServingGraph serving, Session session);

  /**
   * Writes these weights for a graph's saver to read; after {@link ServingGraph#signatures}.
   *
   * @param saver of the graph
   * @param session of the graph, whose variables may get the weights
   * @param prefix path of the files up to {@code .index}, in a folder that exists
   * @throws IllegalArgumentException as {@link #load} does
   * @throws IOException if they cannot be written
   */
  default void save(ServingGraph serving, Checkpoint saver, Session session, Path prefix)
      throws IOException {
    load(serving, session);
    saver.saveAs(session, prefix);
  }
}
