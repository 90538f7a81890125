package org.dinojvm.train;

import java.util.List;
import org.dinojvm.model.*;
import org.tensorflow.*;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.*;
import org.tensorflow.types.*;

public final class SmokeMain {
  public static void main(String[] a) throws Exception {
    int patch = Integer.parseInt(a[0]),
        dim = Integer.parseInt(a[1]),
        depth = Integer.parseInt(a[2]),
        heads = Integer.parseInt(a[3]);
    int S = Integer.parseInt(a[4]),
        s = Integer.parseInt(a[5]),
        n = Integer.parseInt(a[6]),
        B = Integer.parseInt(a[7]),
        K = Integer.parseInt(a[8]),
        hid = Integer.parseInt(a[9]);
    boolean bf = a.length > 10 && a[10].equals("bf16");
    try (Graph g = new Graph()) {
      Ops tf = Ops.create(g);
      long t0 = System.nanoTime();
      Operand<TFloat32> gl =
          tf.random.statelessRandomNormal(
              tf.constant(new long[] {2L * B, S, S, 3}), tf.constant(new long[] {1, 2}));
      Operand<TFloat32> lo =
          tf.random.statelessRandomNormal(
              tf.constant(new long[] {(long) n * B, s, s, 3}), tf.constant(new long[] {1, 3}));
      var net =
          new MultiCropNetwork(
              new VisionTransformer(patch, dim, depth, heads, S),
              new DinoHead(dim, hid, 256, K, false, true));
      var recipe =
          new TrainGraph.Recipe(
              net,
              new DinoLoss(2 + n, 0.1, 0.9),
              Optimizer.ADAMW,
              Clipping.PER_TENSOR,
              3.0,
              0.1,
              0);
      TrainGraph t = new TrainGraph(tf, recipe, List.of(gl, lo), gl);
      System.out.println("build " + (System.nanoTime() - t0) / 1e9);
      var gopt = GraphOptions.newBuilder();
      if (bf)
        gopt.setRewriteOptions(
            RewriterConfig.newBuilder()
                .setAutoMixedPrecisionOnednnBfloat16(RewriterConfig.Toggle.ON));
      ConfigProto c =
          ConfigProto.newBuilder()
              .setIntraOpParallelismThreads(2)
              .setInterOpParallelismThreads(2)
              .setGraphOptions(gopt)
              .build();
      try (Session session = new Session(g, c)) {
        t.initialize(session);
        for (int i = 0; i < 12; i++) {
          long t1 = System.nanoTime();
          var m = t.run(session, new TrainGraph.Scalars(i, 1e-4 * i, 0.04, 0.996, 0.04, i < 0));
          double d = (System.nanoTime() - t1) / 1e9;
          System.out.printf("%d %.3fs %.2f img/s %s%n", i, d, B / d, m);
        }
      }
    }
  }
}
