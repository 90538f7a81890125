package org.dinojvm.train.optimizer;

import static org.dinojvm.model.Initializer.zeros;

import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.L2Loss;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/** How a gradient changes a weight. All three are the published script's. */
public enum Optimizer {

  /**
   * AdamW (Loshchilov and Hutter 2019) as torch has it: p ← p(1 − lr·wd), then Adam with bias
   * correction and ε outside the root.
   */
  ADAMW {
    @Override
    public Op apply(
        Ops tf, Params slots, Variable weight, Operand<TFloat32> gradient, Rates rates) {
      Variable m = slots.at("m").slot(weight.name(), weight.shape(), zeros());
      Variable v = slots.at("v").slot(weight.name(), weight.shape(), zeros());
      Ops decayed =
          rates.decayed() ? tf.withControlDependencies(decay(tf, weight, gradient, rates)) : tf;
      Operand<TFloat32> none = tf.constant(0f);
      // With both powers 0 the kernel takes the rate as it is; the bias correction is in the rate
      // and in epsilon, where it was computed in double precision.
      return decayed.train.resourceApplyAdam(
          weight.handle(),
          m.handle(),
          v.handle(),
          none,
          none,
          rates.adamRate(tf),
          tf.constant((float) BETA1),
          tf.constant((float) rates.beta2()),
          rates.adamEpsilon(tf),
          gradient);
    }
  },

  /** SGD with momentum 0.9; decay is added to the gradient. */
  SGD {
    @Override
    public Op apply(
        Ops tf, Params slots, Variable weight, Operand<TFloat32> gradient, Rates rates) {
      Operand<TFloat32> direction =
          rates.decayed() ? withDecay(tf, weight, gradient, rates) : gradient;
      return momentum(tf, slots, weight, direction, rates);
    }
  },

  /**
   * LARS (You et al. 2017) as published: decay and the trust ratio 0.001·‖p‖/‖g + wd·p‖ for every
   * tensor that is not one-dimensional, and for those that are where they are decayed; momentum
   * 0.9.
   */
  LARS {
    @Override
    public Op apply(
        Ops tf, Params slots, Variable weight, Operand<TFloat32> gradient, Rates rates) {
      if (weight.shape().numDimensions() == 1 && !rates.decayed()) {
        return momentum(tf, slots, weight, gradient, rates);
      }
      Operand<TFloat32> direction =
          rates.decayed() ? withDecay(tf, weight, gradient, rates) : gradient;
      Operand<TFloat32> ratio = trustRatio(tf, weight.value(), direction);
      return momentum(tf, slots, weight, tf.math.mul(direction, ratio), rates);
    }
  };

  /**
   * As floats, like the kernel's: it takes 1 − β₂ in float32, which is 1.3e-5 off 0.001. With the
   * same β₂ in the bias correction that error cancels; else it would be in every update.
   */
  private static final double BETA1 = 0.9f;

  private static final double ADAM_EPSILON = 1e-8;
  private static final float MOMENTUM = 0.9f;
  private static final float TRUST = 0.001f;

  /**
   * The step's rates.
   *
   * @param learningRate scalar
   * @param weightDecay scalar
   * @param decayed whether the weight is decayed
   * @param beta2 AdamW's share of the old second moment
   * @param updates t, the number of this update for these weights, from 1
   */
  public record Rates(
      Operand<TFloat64> learningRate,
      Operand<TFloat64> weightDecay,
      boolean decayed,
      double beta2,
      Operand<TFloat64> updates) {

    Operand<TFloat32> rate(Ops tf) {
      return tf.dtypes.cast(learningRate, TFloat32.class);
    }

    Operand<TFloat32> decay(Ops tf) {
      return tf.dtypes.cast(weightDecay, TFloat32.class);
    }

    /** 1 − lr·wd. */
    Operand<TFloat32> decayFactor(Ops tf) {
      return tf.dtypes.cast(
          tf.math.sub(tf.constant(1.0), tf.math.mul(learningRate, weightDecay)), TFloat32.class);
    }

    /** lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ). */
    Operand<TFloat32> adamRate(Ops tf) {
      Operand<TFloat64> rate =
          tf.math.div(
              tf.math.mul(learningRate, tf.math.sqrt(correction(tf, (float) beta2))),
              correction(tf, BETA1));
      return tf.dtypes.cast(rate, TFloat32.class);
    }

    /** ε·√(1 − β₂ᵗ), so that ε stands outside the corrected root. */
    Operand<TFloat32> adamEpsilon(Ops tf) {
      Operand<TFloat64> epsilon =
          tf.math.mul(tf.constant(ADAM_EPSILON), tf.math.sqrt(correction(tf, (float) beta2)));
      return tf.dtypes.cast(epsilon, TFloat32.class);
    }

    private Operand<TFloat64> correction(Ops tf, double beta) {
      return tf.math.sub(tf.constant(1.0), tf.math.pow(tf.constant(beta), updates));
    }
  }

  /**
   * Builds the update of one weight.
   *
   * @param slots registry of the optimizer's own variables
   * @param gradient clipped, of the weight's shape
   * @return the op after which the weight has its new value
   */
  public abstract Op apply(
      Ops tf, Params slots, Variable weight, Operand<TFloat32> gradient, Rates rates);

  /**
   * p ← (1 − lr·wd)·p, when the gradient is there. The variable takes over the product's memory;
   * readers of the old value keep that.
   */
  private static Op decay(Ops tf, Variable weight, Operand<TFloat32> gradient, Rates rates) {
    Ops late = tf.withControlDependencyOps(gradient.op());
    return tf.assignVariableOp(
        weight.handle(), late.math.mul(weight.value(), rates.decayFactor(tf)));
  }

  private static Operand<TFloat32> withDecay(
      Ops tf, Variable weight, Operand<TFloat32> gradient, Rates rates) {
    return tf.math.add(gradient, tf.math.mul(weight.value(), rates.decay(tf)));
  }

  private static Op momentum(
      Ops tf, Params slots, Variable weight, Operand<TFloat32> direction, Rates rates) {
    Variable buffer = slots.at("momentum").slot(weight.name(), weight.shape(), zeros());
    return tf.train.resourceApplyMomentum(
        weight.handle(), buffer.handle(), rates.rate(tf), direction, tf.constant(MOMENTUM));
  }

  private static Operand<TFloat32> trustRatio(
      Ops tf, Operand<TFloat32> weight, Operand<TFloat32> direction) {
    Operand<TFloat32> weightNorm = norm(tf, weight);
    Operand<TFloat32> directionNorm = norm(tf, direction);
    Operand<TFloat32> zero = tf.constant(0f);
    Operand<TFloat32> one = tf.constant(1f);
    Operand<TFloat32> ratio =
        tf.math.div(tf.math.mul(weightNorm, tf.constant(TRUST)), directionNorm);
    return tf.select(
        tf.math.logicalAnd(tf.math.greater(weightNorm, zero), tf.math.greater(directionNorm, zero)),
        ratio,
        one);
  }

  /** ‖x‖ over all dimensions, in one pass: a scalar. */
  public static Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x) {
    L2Loss<TFloat32> half = tf.nn.l2Loss(x);
    return tf.math.sqrt(tf.math.mul(half, tf.constant(2f)));
  }
}
