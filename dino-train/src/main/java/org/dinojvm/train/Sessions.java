package org.dinojvm.train;

import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;

/** Sessions with the threads and the arithmetic that a configuration asks for. */
public final class Sessions {

  private Sessions() {}

  /**
   * Opens a session with a configuration's {@code threads}, {@code parallel_ops} and {@code
   * precision}.
   */
  public static Session open(Graph graph, TrainConfig config) {
    return new Session(graph, options(config.threads(), config.parallelOps(), config.precision()));
  }

  /**
   * Options of a session.
   *
   * @param threads that one operation may use; 0 for all cores
   * @param parallelOps operations at a time; 0 for as many as there are cores
   * @param precision of matrix products
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
