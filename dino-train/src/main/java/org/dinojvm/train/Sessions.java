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
   * Opens a session.
   *
   * @param threads that compute; 0 for all cores
   * @param precision with {@code bf16}, TensorFlow's graph rewriter moves matrix products and what
   *     stands between them to bfloat16; weights and reductions stay in float32
   */
  public static Session open(Graph graph, int threads, TrainConfig.Precision precision) {
    GraphOptions.Builder options = GraphOptions.newBuilder();
    if (precision == TrainConfig.Precision.BF16) {
      options.setRewriteOptions(
          RewriterConfig.newBuilder()
              .setAutoMixedPrecisionOnednnBfloat16(RewriterConfig.Toggle.ON));
    }
    ConfigProto config =
        ConfigProto.newBuilder()
            .setIntraOpParallelismThreads(threads)
            .setInterOpParallelismThreads(threads)
            .setGraphOptions(options)
            .build();
    return new Session(graph, config);
  }
}
