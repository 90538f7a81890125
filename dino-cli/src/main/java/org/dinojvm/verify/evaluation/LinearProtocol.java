package org.dinojvm.verify.evaluation;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dinojvm.eval.linear.Cosine;
import org.dinojvm.eval.linear.LinearHeads;
import org.dinojvm.eval.linear.LinearHeads.Scores;
import org.dinojvm.verify.evaluation.EvaluationCheck.Protocol;
import org.dinojvm.verify.evaluation.EvaluationCheck.Results;

/** DINO's linear probe from given weights and batches; recipes of features; DINOv2's grid. */
public final class LinearProtocol implements Protocol {

  private static final int RATE_UNIT = 256; // pictures that a learning rate is given for

  @Override
  public void compute(EvaluationFile file, Results results) {
    probe(file, results);
    if (file.results().stream().anyMatch(name -> name.startsWith("recipe."))) {
      RecipeProtocol.compute(file, results);
    }
    if (file.config().has("grid")) {
      GridProtocol.compute(file, results);
    }
  }

  /** Whole epochs in the batches that the file names, scored after each. */
  private static void probe(EvaluationFile file, Results results) {
    float[][] train = file.rows("train_features");
    int[] labels = file.wholes("train_labels");
    int[] order = file.wholes("batch_order");
    int epochs = file.whole("epochs");
    int batch = file.whole("batch");
    int classes = file.whole("classes");
    checkArgument(
        order.length == epochs * train.length,
        "'batch_order' has %s entries, expected %s epochs of %s",
        order.length,
        epochs,
        train.length);
    double rate = file.number("lr") * batch / RATE_UNIT;
    List<Double> rates = new ArrayList<>();
    List<Double> stepLosses = new ArrayList<>();
    List<Double> trainLoss = new ArrayList<>();
    List<Scores> scores = new ArrayList<>();
    List<float[][]> weights = new ArrayList<>();
    List<float[]> biases = new ArrayList<>();
    try (LinearHeads heads =
        new LinearHeads(
            ImmutableList.of(train[0].length),
            1,
            classes,
            file.number("momentum"),
            file.number("weight_decay"),
            0)) {
      heads.set(0, file.rows("initial_weight"), file.tensor("initial_bias").floats());
      for (int epoch = 0; epoch < epochs; epoch++) {
        double now = Cosine.at(rate, epoch, epochs);
        double sum = 0;
        int batches = 0;
        for (int from = 0; from < train.length; from += batch, batches++) {
          int start = epoch * train.length;
          int[] chosen =
              Arrays.copyOfRange(order, start + from, start + Math.min(from + batch, train.length));
          double loss =
              heads
                  .step(
                      ImmutableList.of(rows(train, chosen)),
                      labels(labels, chosen),
                      new double[] {now})[0];
          stepLosses.add(loss);
          sum += loss;
        }
        rates.add(now);
        trainLoss.add(sum / batches);
        scores.add(
            heads.scoreAll(
                ImmutableList.of(file.rows("val_features")),
                file.wholes("val_labels"),
                file.whole("val_batch")));
        weights.add(heads.weight(0));
        biases.add(heads.bias(0));
      }
    }
    results.put("learning_rate", values(rates));
    results.put("step_losses", values(stepLosses));
    results.put("train_loss", values(trainLoss));
    results.put("weight", weights.stream().flatMap(Arrays::stream).toArray(float[][]::new));
    results.put("bias", biases.toArray(float[][]::new));
    results.put("val_loss", scores.stream().mapToDouble(score -> score.loss()[0]).toArray());
    results.put("val_top1", scores.stream().mapToDouble(score -> 100 * score.top1()[0]).toArray());
    results.put("val_top5", scores.stream().mapToDouble(score -> 100 * score.top5()[0]).toArray());
    results.put(
        "best_top1", scores.stream().mapToDouble(score -> 100 * score.top1()[0]).max().orElse(0));
  }

  static float[][] rows(float[][] all, int[] chosen) {
    return Arrays.stream(chosen).mapToObj(index -> all[index]).toArray(float[][]::new);
  }

  static int[] labels(int[] all, int[] chosen) {
    return Arrays.stream(chosen).map(index -> all[index]).toArray();
  }

  private static double[] values(List<Double> list) {
    return list.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
