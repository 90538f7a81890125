package org.dinojvm.serve;

import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;

/** Sessions with threads and arithmetic as asked for. */
public final class Sessions {

  private Sessions() {}

  /** Opens a session in float32. */
  public static Session open(Graph graph, ThreadSettings threads) {
    return new Session(graph, options(threads, Precision.FLOAT32));
  }

  /**
   * Options of a session.
   *
   * @param precision of matrix products in a graph that was written in float32, such as a
   *     SavedModel; a graph of bfloat16 ops has its own
   */
  public static ConfigProto options(ThreadSettings threads, Precision precision) {
    GraphOptions.Builder options = GraphOptions.newBuilder();
    if (precision == Precision.BF16) {
      // The graph rewriter moves matrix products and what stands between them to bfloat16; weights
      // and reductions stay in float32.
      options.setRewriteOptions(
          RewriterConfig.newBuilder()
              .setAutoMixedPrecisionOnednnBfloat16(RewriterConfig.Toggle.ON));
    }
    return ConfigProto.newBuilder()
        .setIntraOpParallelismThreads(threads.threads())
        .setInterOpParallelismThreads(threads.parallelOps())
        .setGraphOptions(options)
        .build();
  }
}
