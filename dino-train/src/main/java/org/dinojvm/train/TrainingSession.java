package org.dinojvm.train;

import org.dinojvm.serve.Precision;
import org.dinojvm.serve.Sessions;
import org.dinojvm.serve.ThreadSettings;
import org.dinojvm.train.config.TrainConfig;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.RewriterConfig;

/** Opens sessions for training. */
public final class TrainingSession {

  private TrainingSession() {}

  /**
   * Opens a session for training or for the input pipeline. TensorFlow's graph optimizer is left
   * out where XLA fuses: steps take as long without it, and the first one two seconds less. One
   * more operation than there are cores runs at a time, unless the configuration says how many, for
   * a thread that waits for one of XLA's functions does nothing else.
   *
   * <p>The configuration's {@code precision} is in the training graph itself, see {@link
   * org.dinojvm.train.config.ComputeSettings#arithmetic}.
   */
  public static Session open(Graph graph, TrainConfig config) {
    return new Session(graph, options(config));
  }

  /** The options of such a session. */
  static ConfigProto options(TrainConfig config) {
    boolean fuse = config.compute().fuse();
    int asked = config.threads().parallelOps();
    int parallelOps = asked == 0 && fuse ? Runtime.getRuntime().availableProcessors() + 1 : asked;
    ThreadSettings threads = new ThreadSettings(config.threads().threads(), parallelOps);
    ConfigProto.Builder options = Sessions.options(threads, Precision.FLOAT32).toBuilder();
    options
        .getGraphOptionsBuilder()
        .setRewriteOptions(RewriterConfig.newBuilder().setDisableMetaOptimizer(fuse));
    return options.build();
  }
}
