package org.dinojvm.eval.linear;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.dinojvm.eval.Rows;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.framework.initializers.RandomNormal;
import org.tensorflow.framework.initializers.Zeros;
import org.tensorflow.framework.losses.Losses;
import org.tensorflow.framework.metrics.Metrics;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * Linear classifiers that are trained side by side, on tensorflow-framework's losses, metrics,
 * initial values and optimizer: for each recipe of features one for each learning rate. Their
 * losses are added up, so that each learns as if it were alone (as DINOv2's {@code
 * eval_linear.py}).
 *
 * <p>Letters in shapes: B pictures, D features of a recipe, R rates, C classes. Heads are numbered
 * by recipe, then by rate.
 */
public final class LinearHeads implements AutoCloseable {

  private static final double INITIAL_DEVIATION = 0.01; // eval_linear.py
  private static final int MOST_SHOWN = 5;

  private final int classes;
  private final int rateCount;
  private final ImmutableList<Integer> widths;
  private final Graph graph = new Graph();
  private final Session session;
  private final Placeholder<TInt32> labels;
  private final Placeholder<TFloat32> rates;
  private final List<Placeholder<TFloat32>> features = new ArrayList<>();
  private final List<Variable<TFloat32>> kernels = new ArrayList<>();
  private final List<Variable<TFloat32>> biases = new ArrayList<>();
  private final List<Operand<TFloat32>> losses = new ArrayList<>();
  private final List<Operand<TFloat32>> top1 = new ArrayList<>();
  private final List<Operand<TFloat32>> top5 = new ArrayList<>();
  private final List<Placeholder<TFloat32>> given = new ArrayList<>();
  private final List<Op> assignments = new ArrayList<>();
  private final Op update;

  /**
   * Of each head, means over the pictures of a batch.
   *
   * @param loss cross entropy
   * @param top1 share of pictures whose class has the largest logit, 0…1
   * @param top5 share of those whose class is among the five largest; 1 with fewer classes
   */
  public record Scores(double[] loss, double[] top1, double[] top5) {}

  /**
   * Classifiers with random weights of deviation 0.01 and a bias of 0.
   *
   * @param widths D of each recipe
   * @param rateCount R
   * @param classes C
   * @param momentum of SGD, 0.9 as published
   * @param weightDecay 0 as published
   * @param seed of the initial weights
   */
  public LinearHeads(
      List<Integer> widths,
      int rateCount,
      int classes,
      double momentum,
      double weightDecay,
      long seed) {
    checkArgument(
        classes >= 2, "%s class is nothing to tell apart: at least 2 are needed", classes);
    this.widths = ImmutableList.copyOf(widths);
    this.rateCount = rateCount;
    this.classes = classes;
    Ops tf = Ops.create(graph);
    labels = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
    rates = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(rateCount)));
    for (int recipe = 0; recipe < widths.size(); recipe++) {
      addRecipe(tf, widths.get(recipe), seed + recipe);
    }
    Operand<TFloat32> total =
        losses.stream()
            .map(loss -> (Operand<TFloat32>) tf.reduceSum(loss, tf.constant(0)))
            .reduce(tf.math::add)
            .orElseThrow();
    update = new HeadMomentum(graph, columnRates(tf), momentum, weightDecay).minimize(total);
    session = new Session(graph);
    session.initialize();
  }

  private void addRecipe(Ops tf, int width, long seed) {
    int columns = rateCount * classes;
    Operand<TInt64> shape = tf.constant(new long[] {width, columns});
    Variable<TFloat32> kernel =
        tf.variable(
            new RandomNormal<TFloat32>(0.0, INITIAL_DEVIATION, seed)
                .call(tf, shape, TFloat32.class));
    Variable<TFloat32> bias =
        tf.variable(
            new Zeros<TFloat32>().call(tf, tf.constant(new long[] {columns}), TFloat32.class));
    kernels.add(kernel);
    biases.add(bias);
    Placeholder<TFloat32> rows =
        tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, width)));
    features.add(rows);
    Operand<TFloat32> all = // (B, R·C) -> (B·R, C)
        tf.reshape(tf.math.add(tf.linalg.matMul(rows, kernel), bias), tf.array(-1, classes));
    Operand<TInt32> repeated = // (B) -> (B·R)
        tf.reshape(
            tf.broadcastTo(
                tf.expandDims(labels, tf.constant(1)),
                tf.concat(
                    List.of(tf.shape(labels), tf.constant(new int[] {rateCount})), tf.constant(0))),
            tf.array(-1));
    losses.add(
        meanByHead(
            tf,
            // the sparse form has no gradient in C++, which is all that Java has
            Losses.categoricalCrossentropy(
                tf,
                tf.oneHot(repeated, tf.constant(classes), tf.constant(1f), tf.constant(0f)),
                all,
                true,
                0f,
                -1)));
    top1.add(meanByHead(tf, Metrics.sparseTopKCategoricalAccuracy(tf, repeated, all, 1)));
    top5.add(
        meanByHead(
            tf,
            Metrics.sparseTopKCategoricalAccuracy(
                tf, repeated, all, Math.min(MOST_SHOWN, classes))));
    addAssignment(tf, kernel, Shape.of(width, columns));
    addAssignment(tf, bias, Shape.of(columns));
  }

  private void addAssignment(Ops tf, Variable<TFloat32> variable, Shape shape) {
    Placeholder<TFloat32> value = tf.placeholder(TFloat32.class, Placeholder.shape(shape));
    given.add(value);
    assignments.add(tf.assign(variable, value));
  }

  /** (B·R) to (R). */
  private Operand<TFloat32> meanByHead(Ops tf, Operand<TFloat32> values) {
    return tf.math.mean(tf.reshape(values, tf.array(-1, rateCount)), tf.constant(0));
  }

  /** (R) to (R·C): each rate once for each class. */
  private Operand<TFloat32> columnRates(Ops tf) {
    return tf.reshape(
        tf.broadcastTo(tf.expandDims(rates, tf.constant(1)), tf.array(rateCount, classes)),
        tf.array(-1));
  }

  /** The first of the heads with the highest score. */
  public static int best(double[] scores) {
    int best = 0;
    for (int head = 1; head < scores.length; head++) {
      best = scores[head] > scores[best] ? head : best;
    }
    return best;
  }

  /** How many there are. */
  public int count() {
    return widths.size() * rateCount;
  }

  /**
   * Gives a head weights in place of those that it has.
   *
   * @param weight [C, D]
   * @param bias [C]
   */
  public void set(int head, float[][] weight, float[] bias) {
    int recipe = head / rateCount;
    int first = head % rateCount * classes;
    float[][] kernel = matrix(kernels.get(recipe));
    float[] allBiases = vector(biases.get(recipe));
    for (int c = 0; c < classes; c++) {
      for (int i = 0; i < kernel.length; i++) {
        kernel[i][first + c] = weight[c][i];
      }
      allBiases[first + c] = bias[c];
    }
    try (TFloat32 k = Rows.toTensor(kernel);
        TFloat32 b = TFloat32.vectorOf(allBiases)) {
      session
          .runner()
          .feed(given.get(2 * recipe), k)
          .feed(given.get(2 * recipe + 1), b)
          .addTarget(assignments.get(2 * recipe))
          .addTarget(assignments.get(2 * recipe + 1))
          .run()
          .close();
    }
  }

  private float[][] matrix(Variable<TFloat32> variable) {
    try (Result result = session.runner().fetch(variable).run()) {
      return StdArrays.array2dCopyOf((TFloat32) result.get(0));
    }
  }

  private float[] vector(Variable<TFloat32> variable) {
    try (Result result = session.runner().fetch(variable).run()) {
      return StdArrays.array1dCopyOf((TFloat32) result.get(0));
    }
  }

  /** The weight of a head, [C, D]. */
  public float[][] weight(int head) {
    float[][] kernel = matrix(kernels.get(head / rateCount));
    int first = head % rateCount * classes;
    float[][] weight = new float[classes][kernel.length];
    for (int c = 0; c < classes; c++) {
      for (int i = 0; i < kernel.length; i++) {
        weight[c][i] = kernel[i][first + c];
      }
    }
    return weight;
  }

  /** The bias of a head, [C]. */
  public float[] bias(int head) {
    int first = head % rateCount * classes;
    return Arrays.copyOfRange(vector(biases.get(head / rateCount)), first, first + classes);
  }

  /**
   * Trains all heads on a batch.
   *
   * @param batch for each recipe [B, D]
   * @param truth [B]
   * @param stepRates [R]
   * @return the loss of each head before the step
   */
  public double[] step(List<float[][]> batch, int[] truth, double[] stepRates) {
    float[] values = new float[rateCount];
    for (int i = 0; i < rateCount; i++) {
      values[i] = (float) stepRates[i];
    }
    try (TFloat32 fed = TFloat32.vectorOf(values)) {
      return run(batch, truth, runner -> runner.feed(rates, fed).addTarget(update), losses).get(0);
    }
  }

  /**
   * Scores all heads on a batch.
   *
   * @param batch for each recipe [B, D]
   * @param truth [B]
   */
  public Scores score(List<float[][]> batch, int[] truth) {
    List<double[]> found = run(batch, truth, runner -> {}, losses, top1, top5);
    return new Scores(found.get(0), found.get(1), found.get(2));
  }

  /**
   * Scores all heads on pictures batch by batch: of losses the plain mean of the batches' means, as
   * published, of accuracies the share of all pictures.
   *
   * @param all for each recipe [N, D]
   * @param truth [N]
   * @param batch pictures that are scored together
   */
  public Scores scoreAll(List<float[][]> all, int[] truth, int batch) {
    Scores sum = new Scores(new double[count()], new double[count()], new double[count()]);
    int batches = (truth.length + batch - 1) / batch;
    for (int from = 0; from < truth.length; from += batch) {
      int begin = from;
      int end = Math.min(from + batch, truth.length);
      Scores some =
          score(
              all.stream().map(rows -> Arrays.copyOfRange(rows, begin, end)).toList(),
              Arrays.copyOfRange(truth, begin, end));
      for (int head = 0; head < count(); head++) {
        double share = (double) (end - begin) / truth.length;
        sum.loss[head] += some.loss[head] / batches;
        sum.top1[head] += some.top1[head] * share;
        sum.top5[head] += some.top5[head] * share;
      }
    }
    return sum;
  }

  @SafeVarargs
  private List<double[]> run(
      List<float[][]> batch,
      int[] truth,
      Consumer<Session.Runner> more,
      List<Operand<TFloat32>>... fetched) {
    List<Tensor> fed = new ArrayList<>();
    try (TInt32 y = TInt32.vectorOf(truth)) {
      Session.Runner runner = session.runner().feed(labels, y);
      for (int recipe = 0; recipe < features.size(); recipe++) {
        TFloat32 rows = Rows.toTensor(batch.get(recipe));
        fed.add(rows);
        runner.feed(features.get(recipe), rows);
      }
      more.accept(runner);
      for (List<Operand<TFloat32>> one : fetched) {
        one.forEach(runner::fetch);
      }
      try (Result result = runner.run()) {
        List<double[]> all = new ArrayList<>();
        int next = 0;
        for (List<Operand<TFloat32>> one : fetched) {
          double[] values = new double[count()];
          for (int recipe = 0; recipe < one.size(); recipe++) {
            FloatDataBuffer buffer = result.get(next++).asRawTensor().data().asFloats();
            for (int i = 0; i < rateCount; i++) {
              values[recipe * rateCount + i] = buffer.getFloat(i);
            }
          }
          all.add(values);
        }
        return all;
      }
    } finally {
      fed.forEach(Tensor::close);
    }
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
