package org.dinojvm.train.optimizer;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ListMultimap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.SwitchCond;
import org.tensorflow.types.TFloat32;

/** What a gradient norm above the limit is measured over. */
public enum Clipping {
  /** Each tensor by its own norm: the published {@code clip_gradients}. */
  PER_TENSOR,
  /** All tensors by their common norm: torch's {@code clip_grad_norm_}, as some ports do. */
  GLOBAL_NORM,
  /** The backbone's tensors by their common norm, and each head's by its own, as DINOv2. */
  PER_MODULE;

  /** Added to the norm by the published code. */
  private static final float EPSILON = 1e-6f;

  /**
   * g ← g · min(1, limit/(‖g‖ + 1e-6)).
   *
   * @param modules the part of the network that each gradient is of
   * @param norms the gradients' norms, scalars
   * @param limit 0 for no clipping
   */
  public List<Operand<TFloat32>> clip(
      Ops tf,
      List<String> modules,
      List<Operand<TFloat32>> gradients,
      List<Operand<TFloat32>> norms,
      double limit) {
    if (limit == 0) {
      return gradients;
    }
    List<Operand<TFloat32>> limited = limited(tf, modules, norms);
    List<Operand<TFloat32>> clipped = new ArrayList<>();
    for (int i = 0; i < gradients.size(); i++) {
      clipped.add(scaled(tf, gradients.get(i), factor(tf, limited.get(i), limit)));
    }
    return clipped;
  }

  /** The norm that counts for each gradient. */
  private List<Operand<TFloat32>> limited(
      Ops tf, List<String> modules, List<Operand<TFloat32>> norms) {
    return switch (this) {
      case PER_TENSOR -> norms;
      case GLOBAL_NORM -> Collections.nCopies(norms.size(), globalNorm(tf, norms));
      case PER_MODULE -> {
        ListMultimap<String, Operand<TFloat32>> byModule = ArrayListMultimap.create();
        for (int i = 0; i < norms.size(); i++) {
          byModule.put(modules.get(i), norms.get(i));
        }
        Map<String, Operand<TFloat32>> common = new HashMap<>();
        byModule.asMap().forEach((name, own) -> common.put(name, globalNorm(tf, List.copyOf(own))));
        yield modules.stream().map(common::get).toList();
      }
    };
  }

  /** limit/(‖g‖ + 1e-6), of which more than 1 counts as 1. */
  private static Operand<TFloat32> factor(Ops tf, Operand<TFloat32> norm, double limit) {
    return tf.math.div(tf.constant((float) limit), tf.math.add(norm, tf.constant(EPSILON)));
  }

  /** A gradient below the limit, as most are, passes without being read and written once more. */
  private static Operand<TFloat32> scaled(
      Ops tf, Operand<TFloat32> gradient, Operand<TFloat32> factor) {
    SwitchCond<TFloat32> way = tf.switchCond(gradient, tf.math.less(factor, tf.constant(1f)));
    return tf.merge(List.of(way.outputFalse(), tf.math.mul(way.outputTrue(), factor))).output();
  }

  /** √Σ‖g‖²: a scalar. */
  public static Operand<TFloat32> globalNorm(Ops tf, List<Operand<TFloat32>> norms) {
    return Optimizer.norm(tf, tf.stack(norms));
  }
}
