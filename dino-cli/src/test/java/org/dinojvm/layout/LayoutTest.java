package org.dinojvm.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSetMultimap;
import com.google.common.collect.SetMultimap;
import com.google.common.graph.GraphBuilder;
import com.google.common.graph.Graphs;
import com.google.common.graph.MutableGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The bounds that docs/architecture.md sets for sources: sizes, and packages without rings. */
class LayoutTest {

  private static final Path ROOT = Path.of("..");
  private static final int MAX_LINES = 450;
  private static final int MAX_FILES = 30;

  private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");

  /** Also of nested classes and members; classes begin with a capital. */
  private static final Pattern IMPORT =
      Pattern.compile("(?m)^import (?:static )?(org\\.dinojvm(?:\\.[a-z]\\w*)*)\\.[A-Z]");

  @Test
  void noFileIsTooLong() throws IOException {
    List<String> tooLong =
        sources("").stream()
            .filter(source -> source.text.lines().count() > MAX_LINES)
            .map(source -> source.file.toString())
            .toList();
    assertEquals(List.of(), tooLong);
  }

  @Test
  void noPackageIsTooLarge() throws IOException {
    Map<String, Integer> files = new TreeMap<>();
    sources("src/main/java")
        .forEach(source -> files.merge(source.file.getParent().toString(), 1, Integer::sum));
    files.values().removeIf(count -> count <= MAX_FILES);
    assertEquals(Map.of(), files);
  }

  @Test
  void packagesHaveNoRings() throws IOException {
    SetMultimap<String, String> needed = needed(sources("src/main/java"));
    assertTrue(needed.containsEntry("org.dinojvm.model.family", "org.dinojvm.model"));
    assertEquals(List.of(), rings(needed));
  }

  @Test
  void findsARing() {
    List<String> found =
        rings(ImmutableSetMultimap.of("a", "b", "b", "c", "c", "a", "c", "d", "e", "a"));
    assertEquals(List.of("a", "b", "c"), found);
  }

  private record Source(Path file, String text) {}

  /** All Java files of the repository whose path holds a text. */
  private static ImmutableList<Source> sources(String part) throws IOException {
    ImmutableList.Builder<Source> sources = ImmutableList.builder();
    for (Path parent : List.of(ROOT, ROOT.resolve("examples"))) {
      for (Path module : children(parent)) {
        Path folder = module.resolve("src");
        if (Files.isDirectory(folder)) {
          addSources(folder, part, sources);
        }
      }
    }
    return sources.build();
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.toList();
    }
  }

  private static void addSources(Path folder, String part, ImmutableList.Builder<Source> sources)
      throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        if (file.toString().endsWith(".java") && file.toString().contains(part)) {
          sources.add(new Source(ROOT.relativize(file), Files.readString(file)));
        }
      }
    }
  }

  /** The packages that each package imports from. */
  private static SetMultimap<String, String> needed(List<Source> sources) {
    ImmutableSetMultimap.Builder<String, String> needed = ImmutableSetMultimap.builder();
    for (Source source : sources) {
      Matcher name = PACKAGE.matcher(source.text);
      assertTrue(name.find(), source.file::toString);
      IMPORT
          .matcher(source.text)
          .results()
          .map((MatchResult found) -> found.group(1))
          .forEach(imported -> needed.put(name.group(1), imported));
    }
    return needed.build();
  }

  /** The packages that reach themselves over others. */
  private static List<String> rings(SetMultimap<String, String> needed) {
    MutableGraph<String> graph = GraphBuilder.directed().build();
    needed.forEach(
        (from, to) -> {
          if (!from.equals(to)) {
            graph.putEdge(from, to);
          }
        });
    return graph.nodes().stream()
        .filter(
            node -> graph.successors(node).stream().anyMatch(next -> reaches(graph, next, node)))
        .sorted()
        .toList();
  }

  private static boolean reaches(MutableGraph<String> graph, String from, String to) {
    return Graphs.reachableNodes(graph, from).contains(to);
  }
}
