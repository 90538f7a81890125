package org.dinojvm.explore.layout;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.math.Matrices;
import org.dinojvm.eval.math.PrincipalAxes;

/**
 * UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426) in two dimensions: a weighted graph of
 * near neighbours, laid out by stochastic gradient descent from the first principal components. As
 * umap-learn does it ({@code optimize_layout_euclidean}), with its defaults; the same seed gives
 * the same map.
 *
 * <p>Letters in shapes: N pictures, K neighbours.
 */
public final class MapLayout {

  /** Neighbours that a graph should have, {@code n_neighbors} of umap-learn. */
  public static final int NEIGHBOURS = 15;

  /** What {@code find_ab_params} finds for a spread of 1 and a least distance of 0.1. */
  private static final double A = 1.5769434603113077;

  private static final double B = 0.8950608779109733;

  private static final int NEGATIVE_SAMPLES = 5;
  private static final double MAX_STEP = 4;
  private static final double INITIAL_EXTENT = 10;
  private static final int BISECTIONS = 64;

  /** Pictures up to which a map is worked on for longer. */
  private static final int FEW = 10_000;

  private static final int EPOCHS_OF_FEW = 500;
  private static final int EPOCHS_OF_MANY = 200;

  private final NeighbourGraph graph;
  private final double[][] position;
  private final SplittableRandom random;
  private int[] heads = new int[0];
  private int[] tails = new int[0];
  private double[] weights = new double[0];

  private MapLayout(NeighbourGraph graph, double[][] position, SplittableRandom random) {
    this.graph = graph;
    this.position = position;
    this.random = random;
  }

  /**
   * Lays pictures out.
   *
   * @param vectors [N, D]
   * @param graph of the same, best with {@value #NEIGHBOURS} neighbours
   * @param seed of the random numbers
   * @param progress hears of epochs; may cancel
   * @return [N, 2] in 0…1, the longer side from 0 to 1
   */
  public static float[][] of(
      float[][] vectors, NeighbourGraph graph, long seed, Progress progress) {
    SplittableRandom random = new SplittableRandom(seed);
    MapLayout layout = new MapLayout(graph, initial(vectors, random), random);
    if (vectors.length > 2) {
      layout.collectEdges();
      layout.optimize(vectors.length <= FEW ? EPOCHS_OF_FEW : EPOCHS_OF_MANY, progress);
    }
    return scaled(layout.position);
  }

  /** The first two principal components, within ±10, each moved a little: [N, 2]. */
  private static double[][] initial(float[][] vectors, SplittableRandom random) {
    PrincipalAxes axes = PrincipalAxes.of(vectors);
    double[][] position = Matrices.project(vectors, axes.mean(), Arrays.copyOf(axes.axes(), 2));
    double extent =
        Arrays.stream(position).flatMapToDouble(Arrays::stream).map(Math::abs).max().orElse(1);
    for (double[] point : position) {
      for (int i = 0; i < 2; i++) {
        point[i] =
            point[i] * INITIAL_EXTENT / Math.max(extent, Double.MIN_NORMAL)
                + 1e-4 * (random.nextDouble() - 0.5);
      }
    }
    return position;
  }

  /** The fuzzy union of each picture's neighbourhoods: w = p + q − pq, section 3.1. */
  private void collectEdges() {
    double[][] memberships = new double[graph.size()][];
    int most = 0;
    for (int i = 0; i < graph.size(); i++) {
      memberships[i] = memberships(graph.similarities()[i]);
      most += memberships[i].length;
    }
    heads = new int[most];
    tails = new int[most];
    weights = new double[most];
    int edges = 0;
    for (int i = 0; i < graph.size(); i++) {
      for (int n = 0; n < memberships[i].length; n++) {
        int j = graph.indices()[i][n];
        int back = indexOf(graph.indices()[j], i);
        if (back < 0 || i < j) {
          double p = memberships[i][n];
          double q = back < 0 ? 0 : memberships[j][back];
          heads[edges] = i;
          tails[edges] = j;
          weights[edges++] = p + q - p * q;
        }
      }
    }
    heads = Arrays.copyOf(heads, edges);
    tails = Arrays.copyOf(tails, edges);
    weights = Arrays.copyOf(weights, edges);
  }

  private static int indexOf(int[] values, int value) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] == value) {
        return i;
      }
    }
    return -1;
  }

  /** exp(−(d − ρ) / σ), σ such that they sum to log2 K: algorithm 3. */
  private static double[] memberships(float[] similarities) {
    double[] distances = new double[similarities.length];
    for (int i = 0; i < distances.length; i++) {
      distances[i] = Math.max(0, 1 - similarities[i]);
    }
    double nearest = Arrays.stream(distances).filter(d -> d > 0).min().orElse(0);
    double target = Math.log(Math.max(2, distances.length)) / Math.log(2);
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    double sigma = 1;
    for (int i = 0; i < BISECTIONS; i++) {
      if (sum(distances, nearest, sigma) > target) {
        high = sigma;
        sigma = (low + high) / 2;
      } else {
        low = sigma;
        sigma = high == Double.POSITIVE_INFINITY ? sigma * 2 : (low + high) / 2;
      }
    }
    double floor = 1e-3 * Arrays.stream(distances).average().orElse(0);
    double scale = Math.max(Math.max(sigma, floor), Double.MIN_NORMAL);
    return Arrays.stream(distances).map(d -> membership(d, nearest, scale)).toArray();
  }

  private static double sum(double[] distances, double nearest, double sigma) {
    double sum = 0;
    for (double distance : distances) {
      sum += membership(distance, nearest, sigma);
    }
    return sum;
  }

  private static double membership(double distance, double nearest, double sigma) {
    return distance <= nearest ? 1 : Math.exp(-(distance - nearest) / sigma);
  }

  /** Each edge is drawn as often as its weight says; section 4.2. */
  private void optimize(int epochs, Progress progress) {
    double heaviest = Arrays.stream(weights).max().orElse(1);
    double[] between = new double[weights.length];
    double[] next = new double[weights.length];
    for (int edge = 0; edge < weights.length; edge++) {
      between[edge] = heaviest / Math.max(weights[edge], heaviest / epochs);
      next[edge] = between[edge];
    }
    for (int epoch = 1; epoch <= epochs; epoch++) {
      double rate = 1 - (double) (epoch - 1) / epochs;
      for (int edge = 0; edge < weights.length; edge++) {
        if (next[edge] <= epoch) {
          next[edge] += between[edge];
          pull(heads[edge], tails[edge], rate);
          push(heads[edge], rate);
          push(tails[edge], rate);
        }
      }
      progress.report(epoch, epochs);
    }
  }

  private void pull(int i, int j, double rate) {
    double x = position[i][0] - position[j][0];
    double y = position[i][1] - position[j][1];
    double squared = x * x + y * y;
    if (squared > 0) {
      double power = Math.pow(squared, B);
      double factor = -2 * A * B * power / squared / (1 + A * power);
      move(i, factor * x, factor * y, rate);
      move(j, -factor * x, -factor * y, rate);
    }
  }

  private void push(int i, double rate) {
    for (int sample = 0; sample < NEGATIVE_SAMPLES; sample++) {
      int other = random.nextInt(position.length);
      double x = position[i][0] - position[other][0];
      double y = position[i][1] - position[other][1];
      double squared = x * x + y * y;
      if (squared > 0) {
        double factor = 2 * B / ((0.001 + squared) * (1 + A * Math.pow(squared, B)));
        move(i, factor * x, factor * y, rate);
      }
    }
  }

  private void move(int i, double x, double y, double rate) {
    position[i][0] += rate * Math.max(-MAX_STEP, Math.min(MAX_STEP, x));
    position[i][1] += rate * Math.max(-MAX_STEP, Math.min(MAX_STEP, y));
  }

  private static float[][] scaled(double[][] position) {
    double[] least = {Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY};
    double[] most = {Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY};
    for (double[] point : position) {
      for (int i = 0; i < 2; i++) {
        least[i] = Math.min(least[i], point[i]);
        most[i] = Math.max(most[i], point[i]);
      }
    }
    double extent = Math.max(Math.max(most[0] - least[0], most[1] - least[1]), 1e-9);
    float[][] scaled = new float[position.length][2];
    for (int i = 0; i < position.length; i++) {
      scaled[i][0] = (float) ((position[i][0] - least[0]) / extent);
      scaled[i][1] = (float) ((position[i][1] - least[1]) / extent);
    }
    return scaled;
  }
}
