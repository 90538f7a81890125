package org.dinojvm.eval.math;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Minimizes a smooth convex function in double precision by limited-memory BFGS (Nocedal and Wright
 * 2006, algorithm 7.5) with a backtracking line search that keeps the curvature positive. Where the
 * function is far more curved along some variables than along others, the search starts from what
 * is known of that.
 */
public final class Lbfgs {

  private static final int MEMORY = 20;
  private static final double SUFFICIENT_DECREASE = 1e-4;
  private static final double LEAST_STEP = 1e-18;

  private Lbfgs() {}

  /** A function of several variables. */
  @FunctionalInterface
  public interface Function {

    /** The value at a point; writes the gradient there. */
    double at(double[] point, double[] gradient);
  }

  /**
   * Where the search ended.
   *
   * @param gradient largest component of the gradient there
   */
  public record Minimum(double[] point, double value, double gradient, int iterations) {}

  private record Update(double[] step, double[] change, double curvature) {}

  /**
   * Searches until no component of the gradient is larger than a tolerance, or no step lowers the
   * value any more.
   *
   * @param curvatures [n], about the second derivatives at 0, where the search starts; all positive
   * @param mostIterations after which it stops at the latest
   */
  public static Minimum minimize(
      Function function, double[] curvatures, double tolerance, int mostIterations) {
    double[] point = new double[curvatures.length];
    double[] gradient = new double[point.length];
    double value = function.at(point, gradient);
    Deque<Update> updates = new ArrayDeque<>();
    int iteration = 0;
    while (iteration < mostIterations && largest(gradient) > tolerance) {
      double[] direction = direction(gradient, updates, curvatures);
      double slope = dot(direction, gradient);
      if (slope >= 0) { // rounding has spoiled the memory
        updates.clear();
        direction = direction(gradient, updates, curvatures);
        slope = dot(direction, gradient);
      }
      double step = 1;
      double[] next = new double[point.length];
      double[] nextGradient = new double[point.length];
      double nextValue = Double.POSITIVE_INFINITY;
      while (step > LEAST_STEP) {
        for (int i = 0; i < next.length; i++) {
          next[i] = point[i] + step * direction[i];
        }
        nextValue = function.at(next, nextGradient);
        if (nextValue <= value + SUFFICIENT_DECREASE * step * slope
            || (nextValue <= value + 1e-14 * Math.abs(value)
                && largest(nextGradient) < largest(gradient))) {
          break;
        }
        step /= 2;
      }
      if (step <= LEAST_STEP) {
        break;
      }
      remember(updates, difference(next, point), difference(nextGradient, gradient));
      point = next;
      gradient = nextGradient;
      value = nextValue;
      iteration++;
    }
    return new Minimum(point, value, largest(gradient), iteration);
  }

  private static void remember(Deque<Update> updates, double[] step, double[] change) {
    double curvature = dot(step, change);
    if (curvature > 0) {
      updates.addLast(new Update(step, change, curvature));
      if (updates.size() > MEMORY) {
        updates.removeFirst();
      }
    }
  }

  /** The two loops of algorithm 7.4. */
  private static double[] direction(double[] gradient, Deque<Update> updates, double[] curvatures) {
    double[] direction = new double[gradient.length];
    for (int i = 0; i < direction.length; i++) {
      direction[i] = -gradient[i];
    }
    double[] weights = new double[updates.size()];
    int index = weights.length;
    for (Iterator<Update> newest = updates.descendingIterator(); newest.hasNext(); ) {
      Update update = newest.next();
      weights[--index] = dot(update.step, direction) / update.curvature;
      add(direction, -weights[index], update.change);
    }
    divide(direction, curvatures);
    if (!updates.isEmpty()) {
      Update last = updates.getLast();
      double[] change = last.change.clone();
      divide(change, curvatures);
      scale(direction, last.curvature / dot(last.change, change));
    }
    for (Update update : updates) {
      double other = dot(update.change, direction) / update.curvature;
      add(direction, weights[index++] - other, update.step);
    }
    return direction;
  }

  private static void add(double[] to, double factor, double[] more) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * more[i];
    }
  }

  private static void scale(double[] values, double factor) {
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
  }

  private static void divide(double[] values, double[] by) {
    for (int i = 0; i < values.length; i++) {
      values[i] /= by[i];
    }
  }

  private static double[] difference(double[] a, double[] b) {
    double[] difference = a.clone();
    add(difference, -1, b);
    return difference;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
