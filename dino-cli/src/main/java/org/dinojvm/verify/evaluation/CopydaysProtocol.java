package org.dinojvm.verify.evaluation;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.dinojvm.eval.copies.CopyFeatures;
import org.dinojvm.eval.copies.CopyScores;
import org.dinojvm.eval.copies.Originals;
import org.dinojvm.eval.knn.NeighbourSearch;
import org.dinojvm.eval.knn.NeighbourSearch.Neighbours;
import org.dinojvm.eval.math.Whitening;
import org.dinojvm.verify.evaluation.EvaluationCheck.Protocol;
import org.dinojvm.verify.evaluation.EvaluationCheck.Results;
import org.dinojvm.weights.Weight;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;

/** Copydays: features of class token and patches, whitening, what the 20 most similar are worth. */
final class CopydaysProtocol implements Protocol {

  private static final String IMAGES = "_nchw";
  private static final String STRONG = "strong";

  @Override
  public void compute(EvaluationFile file, Results results) {
    features(file, results);
    search(file, "plain", Optional.empty(), results);
    for (String name : file.inputsBelow("").keySet()) {
      if (name.equals("whitening") || name.endsWith("_whitening")) {
        Whitening learned = Whitening.uncentered(file.rows(name), file.number("whitening_power"));
        search(file, resultsOf(name), Optional.of(learned), results);
      }
    }
  }

  /** {@code whitening} makes {@code whitened}, {@code few_whitening} makes {@code few}. */
  private static String resultsOf(String whitening) {
    return whitening.equals("whitening") ? "whitened" : whitening.replace("_whitening", "");
  }

  private static void features(EvaluationFile file, Results results) {
    try (SmallVit vit = new SmallVit(file)) {
      for (String input : file.inputsBelow("recipe.").keySet()) {
        Weight nchw = file.tensor("recipe." + input);
        try (TFloat32 images =
                TFloat32.tensorOf(
                    nchw.permuted(0, 2, 3, 1).shape(), DataBuffers.of(SmallVit.nhwc(nchw)));
            TFloat32 tokens = vit.tokens(images)) {
          results.put("recipe." + input.replace(IMAGES, ".features"), CopyFeatures.of(tokens));
        }
      }
    }
  }

  private static void search(
      EvaluationFile file, String name, Optional<Whitening> whitening, Results results) {
    float[][] database = processed(file.rows("database"), whitening);
    float[][] queries = processed(file.rows("queries"), whitening);
    Neighbours all;
    List<int[]> found;
    try (NeighbourSearch search = new NeighbourSearch(database)) {
      all = search.nearest(queries, database.length);
      found = List.of(search.nearest(queries, file.whole("top")).indices());
    }
    List<Double> precisions = new ArrayList<>();
    List<Double> means = new ArrayList<>();
    int begin = 0;
    for (Block block : blocks(file)) {
      List<int[]> part = found.subList(begin, begin + block.size);
      CopyScores scores = CopyScores.of(part, block.originals);
      Arrays.stream(scores.averagePrecision()).forEach(precisions::add);
      means.add(scores.meanAveragePrecision());
      begin += block.size;
    }
    checkArgument(begin == queries.length, "blocks have %s queries of %s", begin, queries.length);
    results.put(name + ".similarity", EvaluationTensors.byPlace(all));
    results.put(name + ".indices", found.stream().flatMapToInt(Arrays::stream).toArray());
    results.put(name + ".average_precision", doubles(precisions));
    results.put(name + ".map", doubles(means));
  }

  private static float[][] processed(float[][] rows, Optional<Whitening> whitening) {
    return whitening.map(learned -> learned.apply(rows)).orElse(rows);
  }

  /** Copies of one kind, and what each was made of. */
  private record Block(int size, List<ImmutableIntArray> originals) {}

  private static ImmutableList<Block> blocks(EvaluationFile file) {
    List<String> names = texts(file.config().path("blocks"));
    ImmutableList.Builder<Block> blocks = ImmutableList.builder();
    for (int i = 0; i < names.size(); i++) {
      int size = file.config().path("block_sizes").path(i).asInt();
      List<ImmutableIntArray> originals =
          names.get(i).equals(STRONG)
              ? Originals.byName(
                  texts(file.config().path("strong_names")),
                  texts(file.config().path("original_names")))
              : Originals.byOrder(size);
      blocks.add(new Block(size, originals));
    }
    return blocks.build();
  }

  private static List<String> texts(JsonNode list) {
    return Streams.stream(list.elements()).map(JsonNode::asText).toList();
  }

  private static double[] doubles(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
