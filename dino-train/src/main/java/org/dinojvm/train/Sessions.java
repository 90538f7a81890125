package org.dinojvm.train;

import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;

/** Sessions with the threads that a configuration asks for. */
public final class Sessions {

  private Sessions() {}

  /**
   * Opens a session with a configuration's {@code threads} and {@code parallel_ops}. Its {@code
   * precision} is in the training graph itself, see {@link Networks#arithmetic}.
   */
  public static Session open(Graph graph, TrainConfig config) {
    return new Session(
        graph, options(config.threads(), config.parallelOps(), TrainConfig.Precision.FLOAT32));
  }

  /**
   * Opens a session for training or for the input pipeline. TensorFlow's graph optimizer is left
   * out where XLA fuses: steps take as long without it, and the first one two seconds less. One
   * more operation than there are cores runs at a time, unless the configuration says how many, for
   * a thread that waits for one of XLA's functions does nothing else.
   */
  public static Session openForTraining(Graph graph, TrainConfig config) {
    int parallelOps =
        config.parallelOps() == 0 && config.fuse() ? threads(0) + 1 : config.parallelOps();
    ConfigProto.Builder options =
        options(config.threads(), parallelOps, TrainConfig.Precision.FLOAT32).toBuilder();
    options
        .getGraphOptionsBuilder()
        .setRewriteOptions(RewriterConfig.newBuilder().setDisableMetaOptimizer(config.fuse()));
    return new Session(graph, options.build());
  }

  /** How many threads a setting stands for: itself, or all cores for 0. */
  public static int threads(int setting) {
    return setting == 0 ? Runtime.getRuntime().availableProcessors() : setting;
  }

  /**
   * Options of a session.
   *
   * @param threads that one operation may use; 0 for all cores
   * @param parallelOps operations at a time; 0 for as many as there are cores
   * @param precision of matrix products in a graph that was written in float32, such as a
   *     SavedModel
   */
  public static ConfigProto options(int threads, int parallelOps, TrainConfig.Precision precision) {
    GraphOptions.Builder options = GraphOptions.newBuilder();
    if (precision == TrainConfig.Precision.BF16) {
      // The graph rewriter moves matrix products and what stands between them to bfloat16; weights
      // and reductions stay in float32.
      options.setRewriteOptions(
          RewriterConfig.newBuilder()
              .setAutoMixedPrecisionOnednnBfloat16(RewriterConfig.Toggle.ON));
    }
    return ConfigProto.newBuilder()
        .setIntraOpParallelismThreads(threads)
        .setInterOpParallelismThreads(parallelOps)
        .setGraphOptions(options)
        .build();
  }
}
