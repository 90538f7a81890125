package org.dinojvm.verify.evaluation;

import static org.dinojvm.verify.evaluation.LinearProtocol.labels;
import static org.dinojvm.verify.evaluation.LinearProtocol.rows;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.dinojvm.eval.linear.Cosine;
import org.dinojvm.eval.linear.FeatureRecipe;
import org.dinojvm.eval.linear.LinearHeads;
import org.dinojvm.eval.linear.LinearHeads.Scores;
import org.dinojvm.verify.evaluation.EvaluationCheck.Results;
import org.dinojvm.weights.Weight;

/** DINOv2's grid: recipes of features and learning rates, all trained in one pass. */
final class GridProtocol {

  private static final int RATE_UNIT = 256; // pictures that a learning rate is given for

  private GridProtocol() {}

  static void compute(EvaluationFile file, Results results) {
    JsonNode grid = file.config().path("grid");
    int batch = grid.path("batch").asInt();
    int iterations = grid.path("iterations").asInt();
    int classes = grid.path("classes").asInt();
    double[] rates = new double[grid.path("learning_rates").size()];
    for (int i = 0; i < rates.length; i++) {
      rates[i] = grid.path("learning_rates").get(i).asDouble() * batch / RATE_UNIT;
    }
    List<FeatureRecipe> recipes = recipes(grid.path("n_last_blocks"));
    List<float[][]> train = features(file, "grid.train_", recipes);
    int[] trainLabels = file.wholes("grid.train_labels");
    int[] order = file.wholes("grid.batch_order");
    double[][] losses = new double[iterations][];
    double[][] allRates = new double[iterations][];
    try (LinearHeads heads =
        new LinearHeads(
            train.stream().map(rows -> rows[0].length).toList(),
            rates.length,
            classes,
            file.number("momentum"),
            file.number("weight_decay"),
            0)) {
      for (int head = 0; head < heads.count(); head++) {
        String name = name(recipes.get(head / rates.length), rates[head % rates.length]);
        heads.set(head, file.rows("grid.initial." + name), new float[classes]);
      }
      for (int i = 0; i < iterations; i++) {
        int iteration = i;
        int[] chosen = Arrays.copyOfRange(order, i * batch, (i + 1) * batch);
        double[] now =
            Arrays.stream(rates).map(rate -> Cosine.at(rate, iteration, iterations)).toArray();
        losses[i] =
            heads.step(
                train.stream().map(rows -> rows(rows, chosen)).toList(),
                labels(trainLabels, chosen),
                now);
        allRates[i] =
            IntStream.range(0, heads.count()).mapToDouble(h -> now[h % now.length]).toArray();
      }
      for (int head = 0; head < heads.count(); head++) {
        String name = name(recipes.get(head / rates.length), rates[head % rates.length]);
        results.put("grid.weight." + name, heads.weight(head));
        results.put("grid.bias." + name, heads.bias(head));
      }
      int[] valLabels = file.wholes("grid.val_labels");
      Scores scores =
          heads.scoreAll(features(file, "grid.val_", recipes), valLabels, valLabels.length);
      results.put("grid.val_top1", Arrays.stream(scores.top1()).map(top1 -> 100 * top1).toArray());
      results.put("grid.best", LinearHeads.best(scores.top1()));
    }
    results.put("grid.losses", losses);
    results.put("grid.learning_rates", allRates);
  }

  /** By number of blocks, then without and with the mean. */
  private static List<FeatureRecipe> recipes(JsonNode blocks) {
    List<FeatureRecipe> recipes = new ArrayList<>();
    for (JsonNode count : blocks) {
      recipes.add(new FeatureRecipe(count.asInt(), false));
      recipes.add(new FeatureRecipe(count.asInt(), true));
    }
    return recipes;
  }

  private static String name(FeatureRecipe recipe, double rate) {
    return "classifier_%s_lr_%s"
        .formatted(
            recipe.publishedName(), String.format(Locale.ROOT, "%.5f", rate).replace('.', '_'));
  }

  /** For each recipe [N, D]. */
  private static List<float[][]> features(
      EvaluationFile file, String start, List<FeatureRecipe> recipes) {
    Weight classTokens = file.tensor(start + "class_tokens"); // (B, N, D)
    Weight patchTokens = file.tensor(start + "patch_tokens"); // (B, N, P, D)
    int blocks = (int) classTokens.shape().get(0);
    int count = (int) classTokens.shape().get(1);
    int width = (int) classTokens.shape().get(2);
    float[] tokens = classTokens.floats();
    float[] patches = patchTokens.floats();
    float[][][][] all = new float[count][blocks][2][];
    for (int picture = 0; picture < count; picture++) {
      for (int block = 0; block < blocks; block++) {
        int at = block * count + picture;
        all[picture][block][0] = Arrays.copyOfRange(tokens, at * width, (at + 1) * width);
        all[picture][block][1] = mean(patches, at, (int) patchTokens.shape().get(2), width);
      }
    }
    return recipes.stream()
        .map(recipe -> Arrays.stream(all).map(recipe::of).toArray(float[][]::new))
        .toList();
  }

  private static float[] mean(float[] patches, int picture, int count, int width) {
    double[] sum = new double[width];
    for (int patch = 0; patch < count; patch++) {
      for (int i = 0; i < width; i++) {
        sum[i] += patches[(picture * count + patch) * width + i];
      }
    }
    float[] mean = new float[width];
    for (int i = 0; i < width; i++) {
      mean[i] = (float) (sum[i] / count);
    }
    return mean;
  }
}
