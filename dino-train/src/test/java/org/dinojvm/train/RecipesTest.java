package org.dinojvm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dinojvm.data.augment.MultiCropViews;
import org.dinojvm.model.Workers;
import org.dinojvm.train.config.TrainConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every file in configs/ is valid and says where it comes from. */
class RecipesTest {

  private static final Path FOLDER = Path.of("../configs");

  static Stream<Path> recipes() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(Files::isRegularFile).sorted().toList().stream();
    }
  }

  static Stream<Path> all() throws IOException {
    try (Stream<Path> ablations = Files.list(FOLDER.resolve("ablations"))) {
      return Stream.concat(recipes(), ablations.sorted().toList().stream());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void isValid(Path recipe) {
    TrainConfig config = TrainConfig.read(recipe);
    Trainer.recipe(config, Workers.ONE);
    new MultiCropViews(config.views(), config.normalization());
    config.objective().schedules(config.length(100));
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void saysItsSourceCommandTimeAndScore(Path recipe) throws IOException {
    List<String> head =
        Files.readAllLines(recipe).stream().takeWhile(line -> line.startsWith("#")).toList();
    for (String label : List.of("source:", "command:", "time:", "score:")) {
      assertEquals(1, head.stream().filter(line -> line.startsWith("# " + label)).count(), label);
    }
    assertTrue(
        head.stream().anyMatch(line -> line.contains("./dino quickstart"))
            || head.stream()
                .anyMatch(line -> line.contains("--config configs/" + recipe.getFileName())),
        () -> recipe + " has a command of another file");
  }

  /** What each changes is known by its name, so no two may be the same run. */
  @Test
  void ablationsAreDifferentRunsOfTheirOwnNames() throws IOException {
    Map<String, Path> known = new HashMap<>();
    for (Path recipe : all().filter(file -> file.getParent().endsWith("ablations")).toList()) {
      String name = recipe.getFileName().toString().replace(".yaml", "");
      List<String> lines = Files.readAllLines(recipe);
      assertEquals(
          "# command:  ./dino train --config configs/ablations/%s.yaml --data imagenet/train --output runs/%s"
              .formatted(name, name),
          lines.get(2));
      assertTrue(lines.get(1).startsWith("# source:   arXiv:2104.14294, "), lines::toString);
      Path same = known.put(TrainConfig.read(recipe).toYaml(), recipe);
      assertNull(same, () -> same + " is the same run as " + recipe);
    }
  }

  @Test
  void publishedBatchesAreWhatTheirRatesWereScaledWith() {
    assertEquals(
        512, TrainConfig.read(FOLDER.resolve("vit-s16-100ep.yaml")).optimization().batchTotal());
    assertEquals(
        1024, TrainConfig.read(FOLDER.resolve("vit-s16-300ep.yaml")).optimization().batchTotal());
    assertEquals(
        1024, TrainConfig.read(FOLDER.resolve("vit-b16.yaml")).optimization().batchTotal());
  }
}
