package org.dinojvm.train.step;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.model.head.DinoHead;
import org.dinojvm.train.objective.Dino;
import org.dinojvm.train.objective.Objective;
import org.dinojvm.train.schedule.StepScalars;

/**
 * Training of a head on given features in plain double arithmetic, as ALGORITHM of the published
 * script has it; gradients are central differences of the loss. State of the optimizers is by
 * tensor, so that a tensor that is skipped keeps its own step count.
 */
final class DoubleTraining {

  private static final double DIFFERENCE = 1e-5;

  private final Recipe recipe;
  private final Dino dino;
  private final int views;
  private final DinoHead head;
  private final Map<String, double[]> student;
  private final Map<String, double[]> teacher = new LinkedHashMap<>();
  private final Map<String, double[]> firstMoments = new LinkedHashMap<>();
  private final Map<String, double[]> secondMoments = new LinkedHashMap<>();
  private final Map<String, Integer> updates = new LinkedHashMap<>();
  private double[] center;

  DoubleTraining(Recipe recipe, Dino dino, int views, Map<String, double[]> initial) {
    this.recipe = recipe;
    this.dino = dino;
    this.views = views;
    head = dino.head().create(recipe.backbone().embedDim());
    student = initial;
    initial.forEach((name, weight) -> teacher.put(name, weight.clone()));
    center = new double[head.outDim()];
  }

  Map<String, double[]> student() {
    return student;
  }

  Map<String, double[]> teacher() {
    return teacher;
  }

  double[] center() {
    return center;
  }

  /**
   * One step.
   *
   * @param features of every view and picture, crop-major; the first two views are the teacher's
   * @return the loss
   */
  double step(StepScalars scalars, double[][] features) {
    int batch = features.length / views;
    List<double[]> teacherLogits = new ArrayList<>();
    for (int row = 0; row < 2 * batch; row++) {
      teacherLogits.add(new DoubleHead(head, teacher).logits(features[row]));
    }
    List<double[]> targets =
        teacherLogits.stream()
            .map(row -> target(row, scalars.scheduled(Dino.TEACHER_TEMPERATURE)))
            .toList();
    double loss = loss(targets, features);
    Map<String, double[]> gradients = gradients(targets, features);
    moveCenter(teacherLogits);
    gradients.values().forEach(this::clip);
    gradients.forEach(
        (name, gradient) -> {
          if (!(scalars.frozen() && DinoHead.isLastLayer(name))) {
            update(name, student.get(name), gradient, scalars);
          }
        });
    student.forEach(
        (name, weight) -> follow(teacher.get(name), weight, scalars.scheduled(Objective.MOMENTUM)));
    return loss;
  }

  private double[] target(double[] logits, double temperature) {
    double[] shifted = new double[logits.length];
    Arrays.setAll(shifted, k -> (logits[k] - center[k]) / temperature);
    double[] logs = logSoftmax(shifted);
    Arrays.setAll(logs, k -> Math.exp(logs[k]));
    return logs;
  }

  private double loss(List<double[]> targets, double[][] features) {
    DoubleHead network = new DoubleHead(head, student);
    int batch = targets.size() / 2;
    double sum = 0;
    for (int row = 0; row < features.length; row++) {
      double[] logits = network.logits(features[row]);
      Arrays.setAll(logits, k -> logits[k] / dino.studentTemp());
      double[] logs = logSoftmax(logits);
      for (int global = 0; global < 2; global++) {
        if (row / batch != global) {
          sum -= dot(targets.get(global * batch + row % batch), logs);
        }
      }
    }
    return sum / batch / (2 * (views - 1));
  }

  private Map<String, double[]> gradients(List<double[]> targets, double[][] features) {
    Map<String, double[]> gradients = new LinkedHashMap<>();
    student.forEach(
        (name, weight) -> {
          boolean fixed = head.normLastLayer() && name.endsWith("weight_g");
          if (!fixed) {
            double[] gradient = new double[weight.length];
            Arrays.setAll(gradient, i -> slope(weight, i, targets, features));
            gradients.put(name, gradient);
          }
        });
    return gradients;
  }

  private double slope(double[] weight, int i, List<double[]> targets, double[][] features) {
    double original = weight[i];
    weight[i] = original + DIFFERENCE;
    double above = loss(targets, features);
    weight[i] = original - DIFFERENCE;
    double below = loss(targets, features);
    weight[i] = original;
    return (above - below) / (2 * DIFFERENCE);
  }

  private void moveCenter(List<double[]> teacherLogits) {
    double momentum = dino.centerMomentum();
    double[] moved = new double[center.length];
    for (int k = 0; k < moved.length; k++) {
      int column = k;
      double mean = teacherLogits.stream().mapToDouble(row -> row[column]).average().orElseThrow();
      moved[k] = momentum * center[k] + (1 - momentum) * mean;
    }
    center = moved;
  }

  private void clip(double[] gradient) {
    double factor = recipe.clipLimit() / (norm(gradient) + 1e-6);
    if (recipe.clipLimit() > 0 && factor < 1) {
      Arrays.setAll(gradient, i -> gradient[i] * factor);
    }
  }

  private void update(String name, double[] weight, double[] gradient, StepScalars scalars) {
    boolean matrix = !name.endsWith("bias"); // weight_g is [K, 1]
    boolean regularized = matrix || recipe.decayAll();
    double decay = regularized ? scalars.scheduled(StepScalars.WEIGHT_DECAY) : 0;
    switch (recipe.optimizer()) {
      case ADAMW ->
          adamW(name, weight, gradient, scalars.scheduled(StepScalars.LEARNING_RATE), decay);
      case SGD ->
          momentum(
              name,
              weight,
              decayed(weight, gradient, decay),
              scalars.scheduled(StepScalars.LEARNING_RATE));
      case LARS -> {
        double[] direction = decayed(weight, gradient, decay);
        boolean adapted = regularized && norm(weight) > 0 && norm(direction) > 0;
        double ratio = adapted ? 0.001 * norm(weight) / norm(direction) : 1;
        Arrays.setAll(direction, i -> direction[i] * ratio);
        momentum(name, weight, direction, scalars.scheduled(StepScalars.LEARNING_RATE));
      }
    }
  }

  private void adamW(String name, double[] weight, double[] gradient, double rate, double decay) {
    double[] m = firstMoments.computeIfAbsent(name, unused -> new double[weight.length]);
    double[] v = secondMoments.computeIfAbsent(name, unused -> new double[weight.length]);
    int t = updates.merge(name, 1, Integer::sum);
    for (int i = 0; i < weight.length; i++) {
      weight[i] *= 1 - rate * decay;
      m[i] = 0.9 * m[i] + 0.1 * gradient[i];
      v[i] = 0.999 * v[i] + 0.001 * gradient[i] * gradient[i];
      double corrected = m[i] / (1 - Math.pow(0.9, t));
      double root = Math.sqrt(v[i] / (1 - Math.pow(0.999, t)));
      weight[i] -= rate * corrected / (root + 1e-8);
    }
  }

  private void momentum(String name, double[] weight, double[] direction, double rate) {
    double[] m = firstMoments.computeIfAbsent(name, unused -> new double[weight.length]);
    for (int i = 0; i < weight.length; i++) {
      m[i] = 0.9 * m[i] + direction[i];
      weight[i] -= rate * m[i];
    }
  }

  private static double[] decayed(double[] weight, double[] gradient, double decay) {
    double[] sum = new double[weight.length];
    Arrays.setAll(sum, i -> gradient[i] + decay * weight[i]);
    return sum;
  }

  private static void follow(double[] teacher, double[] student, double momentum) {
    Arrays.setAll(teacher, i -> momentum * teacher[i] + (1 - momentum) * student[i]);
  }

  private static double norm(double[] x) {
    return Math.sqrt(dot(x, x));
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double[] logSoftmax(double[] logits) {
    double largest = Arrays.stream(logits).max().orElseThrow();
    double sum = Arrays.stream(logits).map(logit -> Math.exp(logit - largest)).sum();
    return Arrays.stream(logits).map(logit -> logit - largest - Math.log(sum)).toArray();
  }
}
