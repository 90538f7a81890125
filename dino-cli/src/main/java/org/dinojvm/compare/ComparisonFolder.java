package org.dinojvm.compare;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.dinojvm.files.DurableFiles;

/**
 * The files of a comparison.
 *
 * <pre>
 * arguments.json   what was asked for
 * METHOD/          the run of a method, as of dino train, and its time.jsonl
 * scores.json      what evaluations found so far, by model
 * compare.json     all numbers
 * index.html       the page, with all of its pictures in it
 * curves.png, neighbours.png, attention.png
 * </pre>
 */
final class ComparisonFolder {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private static final String ARGUMENTS = "arguments.json";
  private static final String SCORES = "scores.json";

  private final Path root;

  private ComparisonFolder(Path root) {
    this.root = root;
  }

  /**
   * Takes a folder, new or of the same comparison.
   *
   * @throws IllegalArgumentException if it holds a comparison with other arguments, or other files
   */
  static ComparisonFolder open(ComparisonPlan plan) throws IOException {
    Path root = plan.output();
    Path known = root.resolve(ARGUMENTS);
    ImmutableMap<String, String> now = plan.arguments();
    if (Files.exists(known)) {
      Map<String, String> before = JSON.readValue(known.toFile(), new TypeReference<>() {});
      Set<String> differing = new TreeSet<>(now.keySet());
      differing.addAll(before.keySet());
      differing.removeIf(key -> now.getOrDefault(key, "").equals(before.getOrDefault(key, "")));
      checkArgument(
          differing.isEmpty(),
          "%s holds another comparison; what differs: %s. Choose another --output, or the same"
              + " arguments to go on with it",
          root,
          differing.stream()
              .map(key -> key + ": " + before.get(key) + " -> " + now.get(key))
              .toList());
      return new ComparisonFolder(root);
    }
    checkEmpty(root);
    Files.createDirectories(root);
    DurableFiles.write(known, List.of(JSON.writeValueAsString(now)));
    return new ComparisonFolder(root);
  }

  private static void checkEmpty(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    checkArgument(Files.isDirectory(root), "%s is a file; --output names a folder", root);
    try (Stream<Path> children = Files.list(root)) {
      checkArgument(
          children.allMatch(child -> child.getFileName().toString().startsWith("." + ARGUMENTS)),
          "%s holds other files and no comparison; choose a new or empty folder as --output",
          root);
    }
  }

  /** A file of the comparison. */
  Path file(String name) {
    return root.resolve(name);
  }

  /** What evaluations found so far: value by name, by evaluation, by model. */
  Map<String, Map<String, Map<String, Double>>> scores() throws IOException {
    Path file = root.resolve(SCORES);
    return Files.exists(file)
        ? JSON.readValue(
            file.toFile(),
            new TypeReference<LinkedHashMap<String, Map<String, Map<String, Double>>>>() {})
        : new LinkedHashMap<>();
  }

  /** Keeps what evaluations found. */
  void keep(Map<String, Map<String, Map<String, Double>>> scores) throws IOException {
    write(SCORES, scores);
  }

  /** Writes a file of JSON, whole or not at all. */
  void write(String name, Object value) throws IOException {
    DurableFiles.write(root.resolve(name), List.of(JSON.writeValueAsString(value)));
  }
}
