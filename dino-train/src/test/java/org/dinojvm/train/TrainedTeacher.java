package org.dinojvm.train;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.dinojvm.checkpoint.Checkpoint;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Workers;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.objective.Views;
import org.dinojvm.train.run.RunPosition;
import org.dinojvm.train.step.TrainGraph;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** A checkpoint in the graph that it was trained in, to hold exports against. */
final class TrainedTeacher implements AutoCloseable {

  private final Graph graph = new Graph();
  private final TrainGraph step;
  private final Placeholder<TFloat32> images;
  private final Operand<TFloat32> features;
  private final Session session;

  TrainedTeacher(Path checkpoint) {
    TrainConfig config = TrainConfig.read(Checkpoints.configOf(checkpoint));
    Ops tf = Ops.create(graph);
    Placeholder<TFloat32> global = crops(tf, config.views().globalCropsSize());
    step =
        new TrainGraph(
            tf,
            Trainer.recipe(config, Workers.ONE),
            new Views(
                global,
                ImmutableList.of(global, crops(tf, config.views().localCropsSize())),
                config.views().views()));
    images = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
    Operand<TFloat32> normalized =
        tf.math.div(
            tf.math.sub(images, tf.constant(config.normalization().mean().toArray())),
            tf.constant(config.normalization().std().toArray()));
    features =
        config
            .backbone()
            .create(config.views().globalCropsSize())
            .features(tf, step.teacher().at("backbone"), normalized, Mode.TEACHER);
    Checkpoint weights =
        new Checkpoint(tf, "checkpoint", Trainer.entries(step, new RunPosition(tf)));
    session = new Session(graph);
    weights.restore(session, checkpoint);
  }

  private static Placeholder<TFloat32> crops(Ops tf, int side) {
    return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, side, side, 3)));
  }

  /** Features [N, D] of pixels [N, H, W, 3] in 0…1. */
  float[][] features(TFloat32 pixels) {
    try (Result result = session.runner().feed(images, pixels).fetch(features).run()) {
      return StdArrays.array2dCopyOf((TFloat32) result.get(0));
    }
  }

  /** Every float variable's values by name. */
  Map<String, float[]> values() {
    Map<String, float[]> values = new HashMap<>();
    Session.Runner runner = session.runner();
    step.variables().forEach(variable -> runner.fetch(variable.value()));
    try (Result result = runner.run()) {
      for (int i = 0; i < result.size(); i++) {
        TFloat32 tensor = (TFloat32) result.get(i);
        float[] copy = new float[(int) tensor.size()];
        tensor.asRawTensor().data().asFloats().read(copy);
        values.put(step.variables().get(i).name(), copy);
      }
    }
    return values;
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
