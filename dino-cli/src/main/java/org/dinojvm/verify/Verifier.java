package org.dinojvm.verify;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dinojvm.verify.backbone.ArchitectureCheck;
import org.dinojvm.verify.backbone.BackboneCheck;
import org.dinojvm.verify.backbone.BackboneFileCheck;
import org.dinojvm.verify.backbone.CheckpointCheck;
import org.dinojvm.verify.backbone.ConvNextCheck;
import org.dinojvm.verify.backbone.NoiseCheck;
import org.dinojvm.verify.backbone.VitForwardCheck;
import org.dinojvm.verify.backbone.XcitCheck;
import org.dinojvm.verify.evaluation.EvaluationChecks;
import org.dinojvm.verify.objective.ObjectiveChecks;
import org.dinojvm.verify.released.ReleasedCheck;
import org.dinojvm.verify.released.ReleasedFile;

/** Holds the project's own code against a folder of results of the published implementation. */
public final class Verifier {

  /**
   * What the published sets of files hold; where one of a set is missing of which there are others,
   * the report says so.
   */
  private static final ImmutableList<ImmutableSet<String>> PUBLISHED =
      ImmutableList.of(
          ImmutableSet.of(
              "vit_forward.safetensors",
              "vit_small_16.safetensors",
              "resnet50.safetensors",
              "train_adamw.safetensors",
              "train_free_last_layer.safetensors",
              "train_sgd_bn_head.safetensors",
              "train_lars.safetensors",
              "checkpoint.pth",
              "backbone.pth",
              "backbone_legacy.pth",
              "augmentations.safetensors",
              "knn.safetensors"),
          ImmutableSet.of(
              "dinov2.safetensors",
              "dinov2_registers.safetensors",
              "dinov2_swiglu.safetensors",
              "dinov3.safetensors",
              "dinov3_swiglu.safetensors",
              "dinov3_convnext.safetensors",
              "xcit.safetensors",
              "xcit_p8.safetensors",
              "xcit_nano.safetensors",
              "ibot_vit.safetensors",
              "resnet50_noise.safetensors"),
          EvaluationChecks.PUBLISHED,
          ObjectiveChecks.PUBLISHED);

  private final Path folder;
  private final ImmutableMap<Pattern, Check> checks;

  private Verifier(Path folder) {
    this.folder = folder;
    Path run = folder.resolve("train_adamw.safetensors");
    Path zip = folder.resolve("backbone.pth");
    Path legacy = folder.resolve("backbone_legacy.pth");
    checks =
        ImmutableMap.<Pattern, Check>builder()
            .put(Pattern.compile("vit_forward.*\\.safetensors"), new VitForwardCheck())
            .put(
                Pattern.compile(ArchitectureCheck.NAME + "\\.safetensors"), new ArchitectureCheck())
            .put(Pattern.compile("train_.*\\.safetensors"), new TrainCheck())
            .put(Pattern.compile("checkpoint\\.pth"), new CheckpointCheck(run))
            .put(Pattern.compile("backbone\\.pth"), new BackboneCheck(legacy, run))
            .put(Pattern.compile("backbone_legacy\\.pth"), new BackboneCheck(zip, run))
            .put(Pattern.compile("augmentations.*\\.safetensors"), new AugmentationsCheck())
            .put(
                Pattern.compile("(dinov2|dinov3(?!_convnext)|ibot).*\\.safetensors"),
                new BackboneFileCheck())
            .put(Pattern.compile("dinov3_convnext.*\\.safetensors"), new ConvNextCheck())
            .put(Pattern.compile("xcit.*\\.safetensors"), new XcitCheck())
            .put(Pattern.compile("resnet\\d+_noise.*\\.safetensors"), new NoiseCheck())
            .put(Pattern.compile("knn.*\\.safetensors"), new KnnCheck())
            .putAll(EvaluationChecks.byName())
            .build();
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

  /**
   * Compares what import, export and training make of files like released ones.
   *
   * @param folder for the files, new, and for what is made of them
   * @param steps of training to try with each; 0 for none
   * @param progress is told of each file before it is written
   */
  public static Report verifyReleased(
      List<ReleasedFile> files, Path folder, int steps, Consumer<String> progress)
      throws IOException {
    Report.Builder report = new Report.Builder();
    for (ReleasedFile file : files) {
      progress.accept(file.name());
      report.addAll(run(new ReleasedCheck(file, steps), file.write(folder)));
    }
    return report.build();
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
        .map(check -> run(check, file))
        .orElseGet(() -> ImmutableList.of(Finding.skipped(name, "no check knows this name")));
  }

  /** What a check found; if it cannot go on, that is a failure of the file. */
  private static ImmutableList<Finding> run(Check check, Path file) {
    String name = file.getFileName().toString();
    Comparisons comparisons = new Comparisons(name);
    ImmutableList.Builder<Finding> findings = ImmutableList.builder();
    try {
      check.run(file, comparisons);
      findings.addAll(comparisons.findings());
    } catch (IllegalArgumentException e) {
      findings.addAll(comparisons.findings()).add(Finding.failed(name, reason(e, file)));
    }
    return findings.build();
  }

  /** The message without the path, which the line starts with already. */
  private static String reason(IllegalArgumentException e, Path file) {
    return String.valueOf(e.getMessage()).replace(file + ": ", "");
  }

  /**
   * The check of a file. Networks and objectives share names, as iBOT; a file of an objective says
   * so.
   */
  private Optional<Check> check(String name) {
    if (ObjectiveChecks.isObjective(folder.resolve(name))) {
      return ObjectiveChecks.of(name);
    }
    return checks.entrySet().stream()
        .filter(entry -> entry.getKey().matcher(name).matches())
        .map(Map.Entry::getValue)
        .findFirst();
  }
}
