package org.dinojvm.eval.retrieval;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dinojvm.eval.retrieval.Difficulty.Annotation;
import org.dinojvm.weights.torch.PlainPickle;

/**
 * Revisited Oxford or Paris in its own layout: {@code jpg/} with the pictures and {@code gnd_*.pkl}
 * with what each query shows (Radenović et al. 2018, arXiv:1803.11285).
 *
 * @param database pictures that are searched
 * @param queries what is searched for
 */
public record RevisitedLandmarks(ImmutableList<Path> database, ImmutableList<Query> queries) {

  /**
   * A query.
   *
   * @param picture it is on
   * @param box left, top, right and bottom of the landmark in pixels
   */
  public record Query(Path picture, double[] box, Annotation annotation) {}

  /**
   * Looks a data set over.
   *
   * @param root the folder, such as {@code roxford5k}
   * @throws IllegalArgumentException saying what is missing where
   */
  public static RevisitedLandmarks open(Path root) {
    Path file = groundTruth(root);
    try {
      return read(root.resolve("jpg"), map(PlainPickle.read(file)));
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      throw new IllegalArgumentException(
          message.contains(file.toString()) ? message : file + ": " + message, e);
    }
  }

  private static Path groundTruth(Path root) {
    checkArgument(Files.isDirectory(root), "no folder %s: expected jpg/ and gnd_*.pkl in it", root);
    try (Stream<Path> files = Files.list(root)) {
      return files
          .filter(file -> file.getFileName().toString().matches("gnd_.*\\.pkl"))
          .sorted()
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "no gnd_*.pkl in %s: expected the lists of revisited Oxford or Paris there"
                          .formatted(root)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + root, e);
    }
  }

  private static RevisitedLandmarks read(Path pictures, Map<?, ?> lists) {
    ImmutableList<Path> database = files(pictures, list(lists, "imlist"));
    ImmutableList<Path> queries = files(pictures, list(lists, "qimlist"));
    List<?> truth = list(lists, "gnd");
    checkArgument(
        truth.size() == queries.size(),
        "'gnd' has %s entries for the %s of 'qimlist': expected one each",
        truth.size(),
        queries.size());
    ImmutableList.Builder<Query> all = ImmutableList.builder();
    for (int i = 0; i < queries.size(); i++) {
      Map<?, ?> entry = map(truth.get(i));
      Annotation annotation =
          new Annotation(
              indices(entry, "easy", database.size()),
              indices(entry, "hard", database.size()),
              indices(entry, "junk", database.size()));
      all.add(new Query(queries.get(i), box(entry), annotation));
    }
    return new RevisitedLandmarks(database, all.build());
  }

  private static ImmutableList<Path> files(Path folder, List<?> names) {
    checkArgument(!names.isEmpty(), "a list of pictures is empty");
    ImmutableList.Builder<Path> files = ImmutableList.builder();
    for (Object name : names) {
      checkArgument(
          name instanceof String text && text.matches("[^/\\\\]+"),
          "a picture's name is '%s': expected text without a folder",
          name);
      Path file = folder.resolve(name + ".jpg");
      checkArgument(Files.isRegularFile(file), "no %s, which the lists name", file);
      files.add(file);
    }
    return files.build();
  }

  private static Map<?, ?> map(Object value) {
    checkArgument(value instanceof Map, "expected a dict with imlist, qimlist and gnd");
    return (Map<?, ?>) value;
  }

  private static List<?> list(Map<?, ?> map, String key) {
    checkArgument(map.get(key) instanceof List<?>, "no list '%s': there are %s", key, map.keySet());
    return (List<?>) map.get(key);
  }

  private static ImmutableIntArray indices(Map<?, ?> entry, String key, int size) {
    ImmutableIntArray.Builder indices = ImmutableIntArray.builder();
    for (Object value : list(entry, key)) {
      checkArgument(
          value instanceof Long index && 0 <= index && index < size,
          "'%s' holds %s: expected an index into the %s pictures of 'imlist'",
          key,
          value,
          size);
      indices.add(((Long) value).intValue());
    }
    return indices.build();
  }

  /** Empty where there is none. */
  private static double[] box(Map<?, ?> entry) {
    if (!entry.containsKey("bbx")) {
      return new double[0];
    }
    checkArgument(
        entry.get("bbx") instanceof List<?> values
            && values.size() == 4
            && values.stream().allMatch(Number.class::isInstance),
        "'bbx' is %s: expected left, top, right and bottom in pixels",
        entry.get("bbx"));
    double[] box =
        ((List<?>) entry.get("bbx"))
            .stream().mapToDouble(value -> ((Number) value).doubleValue()).toArray();
    checkArgument(
        box[0] < box[2] && box[1] < box[3],
        "'bbx' is %s: expected left, top, right and bottom, each side longer than 0",
        entry.get("bbx"));
    return box;
  }
}
