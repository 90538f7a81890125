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
    GraphOptions.Builder options = GraphOptions.newBuilder();
    if (config.precision() == TrainConfig.Precision.BF16) {
      // The graph rewriter moves matrix products and what stands between them to bfloat16; weights
      // and reductions stay in float32.
      options.setRewriteOptions(
          RewriterConfig.newBuilder()
              .setAutoMixedPrecisionOnednnBfloat16(RewriterConfig.Toggle.ON));
    }
    ConfigProto proto =
        ConfigProto.newBuilder()
            .setIntraOpParallelismThreads(config.threads())
            .setInterOpParallelismThreads(config.parallelOps())
            .setGraphOptions(options)
            .build();
    return new Session(graph, proto);
  }
}
