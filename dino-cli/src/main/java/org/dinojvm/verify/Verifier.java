package org.dinojvm.verify;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Holds the project's own code against a folder of results of the published implementation. */
public final class Verifier {

  private static final ImmutableList<CheckSet> SETS =
      ImmutableList.copyOf(ServiceLoader.load(CheckSet.class));

  private static final ImmutableList<ImmutableSet<String>> PUBLISHED =
      SETS.stream().map(CheckSet::published).collect(ImmutableList.toImmutableList());

  private final Path folder;

  private Verifier(Path folder) {
    this.folder = folder;
  }

  /**
   * Compares every known file of a folder.
   *
   * @param progress is told of each file before it is compared
   * @throws IllegalArgumentException if there is no folder, or nothing known in it
   */
  public static Report verify(Path folder, Consumer<String> progress) throws IOException {
    checkArgument(
        Files.isDirectory(folder), "%s is no folder; give one of reference files", folder);
    return new Verifier(folder).report(progress);
  }

  private Report report(Consumer<String> progress) throws IOException {
    ImmutableSet<String> present = present();
    checkArgument(
        present.stream().anyMatch(name -> check(name).isPresent()),
        "no reference file in %s; known names are %s",
        folder,
        PUBLISHED.stream().flatMap(Set::stream).toList());
    Checksums checksums = Checksums.of(folder);
    Report.Builder report = new Report.Builder();
    for (String name :
        Sets.union(expected(present), present)) { // the published ones in their order
      if (present.contains(name)) {
        progress.accept(name);
      }
      checksums.finding(name).ifPresent(report::add);
      report.addAll(findings(name));
    }
    return report.build();
  }

  /** The files of each set that is there at least in part. */
  private static ImmutableSet<String> expected(Set<String> present) {
    return PUBLISHED.stream()
        .filter(set -> present.stream().anyMatch(name -> set.contains(name) && isUnique(name)))
        .flatMap(Set::stream)
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Whether a name tells which set it is of: two have a file for DINOv2. */
  private static boolean isUnique(String name) {
    return PUBLISHED.stream().filter(set -> set.contains(name)).count() == 1;
  }

  /** The reference files in the folder, by name. */
  private ImmutableSet<String> present() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".safetensors") || name.endsWith(".pth"))
          .sorted()
          .collect(ImmutableSet.toImmutableSet());
    }
  }

  private ImmutableList<Finding> findings(String name) {
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      return ImmutableList.of(Finding.skipped(name, "not in the folder"));
    }
    return check(name)
        .map(check -> check.findings(file))
        .orElseGet(() -> ImmutableList.of(Finding.skipped(name, "no check knows this name")));
  }

  private Optional<Check> check(String name) {
    Path file = folder.resolve(name);
    return SETS.stream()
        .filter(set -> set.claims(file))
        .findFirst()
        .map(set -> set.check(file))
        .orElseGet(() -> SETS.stream().flatMap(set -> set.check(file).stream()).findFirst());
  }
}
