package org.dinojvm.eval.linear;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Arrays;
import java.util.List;
import org.dinojvm.eval.math.Lbfgs;
import org.dinojvm.eval.math.Lbfgs.Minimum;
import org.dinojvm.eval.math.PrincipalAxes;
import org.dinojvm.eval.math.StdTensors;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.ndarray.buffer.DoubleDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * L2-regularized logistic regression, converged, in double precision (as DINOv2's {@code
 * eval_log_reg.py}): minimizes C · Σ losses + ½ ‖W‖². A sum, so that C scales with the number of
 * pictures; the bias is free. Of two classes there is one vector, since a softmax over two has
 * another optimum.
 *
 * <p>Features of networks, and most of all of untrained ones, vary along few directions, where
 * plain L-BFGS takes thousands of steps. The search is therefore for weights of the features'
 * principal components, of which the objective's curvature at the start is known; what is found is
 * carried back exactly.
 *
 * <p>Letters in shapes: N pictures, D features, K classes, V vectors: K, or 1 of two classes.
 */
public final class LogisticRegression implements AutoCloseable {

  private final int width;
  private final int classes;
  private final int vectors;
  private final int pictures;
  private final Graph graph = new Graph();
  private final Session session;
  private final Placeholder<TFloat64> rows;
  private final Placeholder<TInt32> labels;
  private final Placeholder<TFloat64> weight;
  private final Placeholder<TFloat64> bias;
  private final Operand<TFloat64> probabilities;
  private final Operand<TFloat64> loss;
  private final Operand<TFloat64> weightGradient;
  private final Operand<TFloat64> biasGradient;
  private final PrincipalAxes axes;
  private final TFloat64 trainRows;
  private final TInt32 trainLabels;

  /**
   * A classifier.
   *
   * @param weight [V, D]
   * @param bias [V]
   * @param objective C · Σ losses + ½ ‖W‖² of the training set
   * @param gradient largest component of the objective's gradient by the weights of principal
   *     components: 0 at the optimum
   */
  public record Fit(double[][] weight, double[] bias, double objective, double gradient) {}

  /**
   * What a classifier says of pictures.
   *
   * @param probabilities [N, K]
   * @param loss mean of −log of the true class's probability
   * @param top1 percentage of pictures whose most probable class is theirs
   */
  public record Score(double[][] probabilities, double loss, double top1) {}

  /**
   * Prepares to fit.
   *
   * @param features [N, D]
   * @param labels [N], 0 … K − 1
   * @param classes K, at least 2
   */
  public LogisticRegression(float[][] features, int[] labels, int classes) {
    checkArgument(
        classes >= 2, "%s class is nothing to tell apart: at least 2 are needed", classes);
    this.width = features[0].length;
    this.pictures = features.length;
    this.classes = classes;
    this.vectors = classes == 2 ? 1 : classes;
    Ops tf = Ops.create(graph);
    rows = tf.placeholder(TFloat64.class, Placeholder.shape(Shape.of(-1, width)));
    this.labels = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
    weight = tf.placeholder(TFloat64.class, Placeholder.shape(Shape.of(vectors, width)));
    bias = tf.placeholder(TFloat64.class, Placeholder.shape(Shape.of(vectors)));
    Operand<TFloat64> logits = logits(tf);
    Operand<TFloat64> truth =
        tf.oneHot(this.labels, tf.constant(classes), tf.constant(1.0), tf.constant(0.0));
    Operand<TFloat64> logs = tf.nn.logSoftmax(logits);
    probabilities = tf.math.exp(logs);
    loss = tf.math.neg(tf.reduceSum(tf.math.mul(truth, logs), tf.array(0, 1)));
    Operand<TFloat64> error = ofVectors(tf, tf.math.sub(probabilities, truth)); // (N, V)
    weightGradient = tf.linalg.matMul(error, rows, MatMul.transposeA(true));
    biasGradient = tf.reduceSum(error, tf.constant(0), ReduceSum.keepDims(false));
    session = new Session(graph);
    axes = PrincipalAxes.of(features);
    trainRows = StdTensors.of(axes.coordinates(features));
    trainLabels = TInt32.vectorOf(labels);
  }

  /** (N, K): of two classes, the first one's logit is 0. */
  private Operand<TFloat64> logits(Ops tf) {
    Operand<TFloat64> ofVectors =
        tf.math.add(tf.linalg.matMul(rows, weight, MatMul.transposeB(true)), bias);
    return vectors == classes
        ? ofVectors
        : tf.concat(List.of(tf.zerosLike(ofVectors), ofVectors), tf.constant(1));
  }

  /** (N, K) to (N, V). */
  private Operand<TFloat64> ofVectors(Ops tf, Operand<TFloat64> ofClasses) {
    return tf.slice(ofClasses, tf.array(0, classes - vectors), tf.array(-1, vectors));
  }

  private static TFloat64 tensor(float[][] rows) {
    int width = rows[0].length;
    return TFloat64.tensorOf(
        Shape.of(rows.length, width),
        tensor -> {
          DoubleDataBuffer buffer = tensor.asRawTensor().data().asDoubles();
          double[] values = new double[width];
          for (int row = 0; row < rows.length; row++) {
            for (int i = 0; i < width; i++) {
              values[i] = rows[row][i];
            }
            buffer.offset((long) row * width).write(values);
          }
        });
  }

  /**
   * Fits.
   *
   * @param c C, the inverse of the penalty's strength
   * @param tolerance of the objective's gradient by the weights of principal components, in parts
   *     of C · N
   * @param mostIterations after which it stops at the latest
   */
  public Fit fit(double c, double tolerance, int mostIterations) {
    Minimum minimum =
        Lbfgs.minimize(
            (point, gradient) -> objective(c, point, gradient),
            curvatures(c),
            tolerance * c * pictures,
            mostIterations);
    double[][] ofFeatures = axes.vectors(weightOf(minimum.point()));
    double[] biases = Arrays.copyOfRange(minimum.point(), vectors * width, vectors * (width + 1));
    for (int row = 0; row < vectors; row++) {
      biases[row] -= axes.offset(ofFeatures[row]);
    }
    return new Fit(ofFeatures, biases, minimum.value(), minimum.gradient());
  }

  /**
   * The objective's second derivatives at 0, about: C · N · variance / K + 1, of biases without 1.
   */
  private double[] curvatures(double c) {
    double losses = c * pictures / classes;
    double[] curvatures = new double[vectors * (width + 1)];
    Arrays.fill(curvatures, losses);
    for (int i = 0; i < vectors * width; i++) {
      curvatures[i] = losses * axes.variances()[i % width] + 1;
    }
    return curvatures;
  }

  private double[][] weightOf(double[] point) {
    double[][] rowsOfWeight = new double[vectors][];
    for (int row = 0; row < vectors; row++) {
      rowsOfWeight[row] = Arrays.copyOfRange(point, row * width, (row + 1) * width);
    }
    return rowsOfWeight;
  }

  private double objective(double c, double[] point, double[] gradient) {
    int weights = vectors * width;
    try (TFloat64 w = tensor(point, 0, Shape.of(vectors, width));
        TFloat64 b = tensor(point, weights, Shape.of(vectors));
        Result result =
            session
                .runner()
                .feed(rows, trainRows)
                .feed(labels, trainLabels)
                .feed(weight, w)
                .feed(bias, b)
                .fetch(loss)
                .fetch(weightGradient)
                .fetch(biasGradient)
                .run()) {
      doubles(result, 1).read(gradient, 0, weights);
      doubles(result, 2).read(gradient, weights, vectors);
      double squares = 0;
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] *= c;
        if (i < weights) {
          gradient[i] += point[i];
          squares += point[i] * point[i];
        }
      }
      return c * doubles(result, 0).getDouble(0) + squares / 2;
    }
  }

  private static DoubleDataBuffer doubles(Result result, int index) {
    return result.get(index).asRawTensor().data().asDoubles();
  }

  private static TFloat64 tensor(double[] values, int from, Shape shape) {
    int size = Math.toIntExact(shape.size());
    return TFloat64.tensorOf(shape, DataBuffers.of(Arrays.copyOfRange(values, from, from + size)));
  }

  /**
   * What a fit says of pictures.
   *
   * @param features [M, D]
   * @param truth [M]
   */
  public Score score(Fit fit, float[][] features, int[] truth) {
    double[] flat = Arrays.stream(fit.weight).flatMapToDouble(Arrays::stream).toArray();
    try (TFloat64 w = tensor(flat, 0, Shape.of(vectors, width));
        TFloat64 b = tensor(fit.bias, 0, Shape.of(vectors));
        TFloat64 x = tensor(features);
        TInt32 y = TInt32.vectorOf(truth);
        Result result =
            session
                .runner()
                .feed(rows, x)
                .feed(labels, y)
                .feed(weight, w)
                .feed(bias, b)
                .fetch(loss)
                .fetch(probabilities)
                .run()) {
      double[][] found = new double[features.length][classes];
      int hits = 0;
      for (int row = 0; row < found.length; row++) {
        doubles(result, 1).offset((long) row * classes).read(found[row]);
        hits += largest(found[row]) == truth[row] ? 1 : 0;
      }
      return new Score(
          found, doubles(result, 0).getDouble(0) / features.length, 100.0 * hits / features.length);
    }
  }

  private static int largest(double[] values) {
    int largest = 0;
    for (int i = 1; i < values.length; i++) {
      largest = values[i] > values[largest] ? i : largest;
    }
    return largest;
  }

  @Override
  public void close() {
    trainRows.close();
    trainLabels.close();
    session.close();
    graph.close();
  }
}
