package org.dinojvm.model;

import static org.dinojvm.model.Initializer.normal;
import static org.dinojvm.model.Initializer.ones;
import static org.dinojvm.model.Initializer.zeros;

import java.util.function.BiFunction;
import org.tensorflow.Operand;
import org.tensorflow.OperationBuilder;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;
import org.tensorflow.types.family.TNumber;

/**
 * Layers as functions: ops and weights in, tensor out. A function creates or reuses its weights in
 * the {@link Params} level that it is given.
 *
 * <p>Letters in shapes: n rows, d features.
 */
public final class Layers {

  private static final float BATCH_NORM_EPSILON = 1e-5f;
  private static final float BATCH_NORM_MOMENTUM = 0.1f;

  private Layers() {}

  /** x·W + b in the type of x: [n, in] → [n, out]. */
  public static <T extends TFloating> Operand<T> linear(
      Ops tf, Params p, Operand<T> x, int in, int out) {
    Operand<TFloat32> kernel = p.get("kernel", Shape.of(in, out), normal(0.02));
    Operand<TFloat32> bias = p.get("bias", Shape.of(out), zeros());
    return tf.nn.biasAdd(tf.linalg.matMul(x, cast(tf, kernel, x.type())), cast(tf, bias, x.type()));
  }

  /** x·W: [n, in] → [n, out]. */
  public static Operand<TFloat32> product(
      Ops tf, Params p, Operand<TFloat32> x, int in, int out, Initializer initializer) {
    return tf.linalg.matMul(x, p.get("kernel", Shape.of(in, out), initializer));
  }

  /** The value in another type; itself where it has that type. */
  @SuppressWarnings("unchecked") // the type is checked at run time
  public static <T extends TFloating> Operand<T> cast(Ops tf, Operand<?> x, Class<T> type) {
    return x.type() == type ? (Operand<T>) x : tf.dtypes.cast((Operand<? extends TNumber>) x, type);
  }

  /** Normalizes each row to mean 0 and variance 1, then scales and shifts: [n, d] → [n, d]. */
  public static Operand<TFloat32> layerNorm(
      Ops tf, Params p, Operand<TFloat32> x, int dim, float epsilon) {
    Operand<TFloat32> weight = p.get("weight", Shape.of(dim), ones());
    Operand<TFloat32> bias = p.get("bias", Shape.of(dim), zeros());
    return layerNorm(tf, x, weight, bias, epsilon);
  }

  public static Operand<TFloat32> layerNorm(
      Ops tf,
      Operand<TFloat32> x,
      Operand<TFloat32> weight,
      Operand<TFloat32> bias,
      float epsilon) {
    Operand<TFloat32> normalized = Normalized.of(tf, x, epsilon, Layers::rowMeans).value();
    return tf.math.add(tf.math.mul(normalized, weight), bias);
  }

  private static Operand<TFloat32> rowMeans(Ops tf, Operand<TFloat32> x) {
    return tf.math.mean(x, tf.constant(1), Mean.keepDims(true));
  }

  /**
   * Rows of mean 0 and variance 1, as a layer norm makes them.
   *
   * @param value [n, d]
   * @param mean of the rows before, [n, 1]
   * @param inverse one by their standard deviation, [n, 1]
   */
  record Normalized(Operand<TFloat32> value, Operand<TFloat32> mean, Operand<TFloat32> inverse) {

    /**
     * Normalizes rows.
     *
     * @param rowMeans computes means of rows, [n, d] → [n, 1]
     */
    static Normalized of(
        Ops tf,
        Operand<TFloat32> x,
        float epsilon,
        BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> rowMeans) {
      Operand<TFloat32> mean = rowMeans.apply(tf, x);
      Operand<TFloat32> centered = tf.math.sub(x, mean);
      Operand<TFloat32> variance = rowMeans.apply(tf, tf.math.square(centered));
      Operand<TFloat32> inverse = tf.math.rsqrt(tf.math.add(variance, tf.constant(epsilon)));
      return new Normalized(tf.math.mul(centered, inverse), mean, inverse);
    }
  }

  /**
   * The exact GELU, x·Φ(x) by the error function: [n, d] → [n, d]. Op by op, in this order and with
   * AddV2, as the pattern of TensorFlow's graph optimizer has it: where there is no gradient, a
   * matrix product, its bias and this become one call of oneDNN, which computes it in float32 also
   * between numbers of bfloat16.
   */
  public static <T extends TFloating> Operand<T> gelu(Ops tf, Operand<T> x) {
    Class<T> type = x.type();
    Operand<T> erf = tf.math.erf(tf.math.mul(x, constant(tf, (float) Math.sqrt(0.5), type)));
    OperationBuilder sum = tf.scope().opBuilder("AddV2", "Add");
    sum.addInput(erf.asOutput());
    sum.addInput(constant(tf, 1f, type).asOutput());
    Operand<T> doubled = sum.build().output(0);
    return tf.math.mul(tf.math.mul(doubled, constant(tf, 0.5f, type)), x);
  }

  @SuppressWarnings("unchecked") // the type is checked at run time
  private static <T extends TFloating> Operand<T> constant(Ops tf, float value, Class<T> type) {
    return type == TBfloat16.class
        ? (Operand<T>) tf.constantOf(TBfloat16.scalarOf(value))
        : cast(tf, tf.constant(value), type);
  }

  /** Rows of length 1: [n, d] → [n, d]; as torch's {@code F.normalize}, x / max(‖x‖, 1e-12). */
  public static Operand<TFloat32> l2Normalize(Ops tf, Operand<TFloat32> x) {
    Operand<TFloat32> squared =
        tf.reduceSum(tf.math.square(x), tf.constant(1), ReduceSum.keepDims(true));
    return tf.math.mul(x, tf.math.rsqrt(tf.math.maximum(squared, tf.constant(1e-24f))));
  }

  /**
   * BatchNorm over all but the last dimension: [B, h, w, d] → [B, h, w, d]. With batch statistics
   * it moves the running ones on, as torch does: by a tenth, with the unbiased variance. Several
   * workers share the statistics of all their batches, as torch's SyncBatchNorm.
   */
  public static Operand<TFloat32> batchNorm(
      Ops tf, Params p, Operand<TFloat32> x, int dim, Mode mode) {
    return batchNorm(tf, p, x, dim, true, mode);
  }

  private static Operand<TFloat32> batchNorm(
      Ops tf, Params p, Operand<TFloat32> x, int dim, boolean affine, Mode mode) {
    Shape shape = Shape.of(dim);
    Operand<TFloat32> weight =
        affine
            ? p.get("weight", shape, ones())
            : tf.fill(tf.constant(new int[] {dim}), tf.constant(1f));
    Operand<TFloat32> bias =
        affine
            ? p.get("bias", shape, zeros())
            : tf.fill(tf.constant(new int[] {dim}), tf.constant(0f));
    Operand<TFloat32> mean = p.state("running_mean", shape, zeros());
    Operand<TFloat32> variance = p.state("running_var", shape, ones());
    if (!mode.batchStatistics()) {
      return fusedBatchNorm(tf, x, weight, bias, mean, variance, false).y();
    }
    if (mode.ofStatistics().count() > 1) {
      SharedStatistics batch = SharedStatistics.of(tf, x, mean, mode.ofStatistics());
      p.setState("running_mean", moveOn(tf, mean, batch.mean()));
      p.setState("running_var", moveOn(tf, variance, batch.unbiasedVariance()));
      return batch.normalize(tf, x, weight, bias, BATCH_NORM_EPSILON);
    }
    Operand<TFloat32> ofBatch = tf.constant(new float[0]);
    FusedBatchNorm<TFloat32, TFloat32> normed =
        fusedBatchNorm(tf, x, weight, bias, ofBatch, ofBatch, true);
    p.setState("running_mean", moveOn(tf, mean, normed.batchMean()));
    p.setState("running_var", moveOn(tf, variance, normed.batchVariance()));
    return normed.y();
  }

  private static FusedBatchNorm<TFloat32, TFloat32> fusedBatchNorm(
      Ops tf,
      Operand<TFloat32> x,
      Operand<TFloat32> weight,
      Operand<TFloat32> bias,
      Operand<TFloat32> mean,
      Operand<TFloat32> variance,
      boolean training) {
    return tf.nn.fusedBatchNorm(
        x,
        weight,
        bias,
        mean,
        variance,
        FusedBatchNorm.epsilon(BATCH_NORM_EPSILON),
        FusedBatchNorm.isTraining(training));
  }

  /** {@link #batchNorm} of rows: [n, d] → [n, d]. */
  public static Operand<TFloat32> batchNormRows(
      Ops tf, Params p, Operand<TFloat32> x, int dim, Mode mode) {
    return batchNormRows(tf, p, x, dim, true, mode);
  }

  /**
   * {@link #batchNorm} of rows: [n, d] → [n, d].
   *
   * @param affine whether a trained scale and shift follow
   */
  public static Operand<TFloat32> batchNormRows(
      Ops tf, Params p, Operand<TFloat32> x, int dim, boolean affine, Mode mode) {
    Operand<TFloat32> pixels = tf.reshape(x, tf.constant(new int[] {-1, 1, 1, dim}));
    return tf.reshape(
        batchNorm(tf, p, pixels, dim, affine, mode), tf.constant(new int[] {-1, dim}));
  }

  private static Operand<TFloat32> moveOn(
      Ops tf, Operand<TFloat32> running, Operand<TFloat32> batch) {
    return tf.math.add(
        running, tf.math.mul(tf.math.sub(batch, running), tf.constant(BATCH_NORM_MOMENTUM)));
  }
}
