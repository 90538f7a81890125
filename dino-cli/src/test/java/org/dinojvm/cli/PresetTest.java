package org.dinojvm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.dinojvm.data.source.FolderSurvey;
import org.dinojvm.settings.Range;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.objective.Dino;
import org.dinojvm.train.preset.AutoPreset;
import org.dinojvm.train.preset.Choice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code dino train --preset auto}, on folders made for it. */
class PresetTest {

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<TrainConfig> trained = new ArrayList<>();

  private int run(String... more) {
    List<String> words = new ArrayList<>(List.of("train", "--preset", "auto"));
    words.addAll(List.of(more));
    return org.dinojvm.cli.Dino.commands((config, team, listeners) -> trained.add(config), false)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(words.toArray(String[]::new));
  }

  private void pictures(int count, int width, int height) throws IOException {
    Path deep = Files.createDirectories(folder.resolve("a/b"));
    for (int i = 0; i < count; i++) {
      BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
      ImageIO.write(picture, "png", deep.resolve(width + "-" + i + ".png").toFile());
    }
  }

  @Test
  void smallPicturesGetSmallCropsAndFewPrototypes() throws IOException {
    pictures(200, 48, 36);
    Files.writeString(folder.resolve("notes.txt"), "no picture");
    assertEquals(0, run("--data", folder.toString()), err::toString);
    TrainConfig config = trained.get(0);
    assertEquals(1024, config.model().head().outDim());
    assertEquals(0.99, ((Dino) config.objective()).momentumTeacher());
    assertEquals(0.04, ((Dino) config.objective()).teacherTemp());
    assertEquals(16, config.optimization().batchSizePerGpu());
    assertEquals(300, config.optimization().epochs());
    assertEquals(List.of(4, 32, 16), sides(config));
    assertEquals(new Range(0.1, 0.3), config.views().blur().blurRadius());
    assertTrue(out.toString().contains("for about 200 pictures of 36 pixels"), out::toString);
  }

  @Test
  void largePicturesGetThePublishedCrops() throws IOException {
    pictures(20, 400, 300);
    pictures(5, 40, 30);
    assertEquals(0, run("--data", folder.toString()), err::toString);
    assertEquals(List.of(16, 224, 96), sides(trained.get(0)));
    assertEquals(2, trained.get(0).optimization().batchSizePerGpu());
  }

  @Test
  void onlyLargePicturesAreDecodedInPart() throws IOException {
    pictures(20, 900, 700);
    assertEquals(0, run("--data", folder.toString()), err::toString);
    assertTrue(trained.get(0).views().crops().jpegDraft());
    pictures(30, 400, 300);
    assertEquals(0, run("--data", folder.toString()), err::toString);
    assertFalse(trained.get(1).views().crops().jpegDraft());
  }

  @Test
  void featuresAreWhitenedByEnoughPictures() {
    FolderSurvey few = new FolderSurvey(99, 375);
    assertTrue(
        new AutoPreset(few, OptionalInt.empty())
            .choices().stream().noneMatch(choice -> choice.key().equals("export_whitening")));
    FolderSurvey enough = new FolderSurvey(100, 375);
    assertEquals("0.35", value(new AutoPreset(enough, OptionalInt.empty()), "export_whitening"));
  }

  @Test
  void whatIsGivenWins() throws IOException {
    pictures(40, 100, 100);
    Path file = Files.writeString(folder.resolve("own.yaml"), "out_dim: 77\n");
    assertEquals(
        0,
        run("--data", folder.toString(), "--config", file.toString(), "--epochs=5"),
        err::toString);
    assertEquals(77, trained.get(0).model().head().outDim());
    assertEquals(5, trained.get(0).optimization().epochs());
    assertEquals(0, trained.get(0).optimization().warmupEpochs());
    assertEquals(List.of(8, 112, 48), sides(trained.get(0)));
    assertTrue(out.toString().matches("(?s).*out_dim +77 +yours\\R.*"), out::toString);
  }

  @Test
  void withoutPicturesThereIsNothingToPickBy() {
    assertEquals(2, run());
    assertEquals(
        "dino: --preset auto looks at the pictures: say where, --data DIR", err.toString().strip());
  }

  @ParameterizedTest
  @CsvSource({
    "20000, 1024, 0.99, 0.04", "20001, 2048, 0.996, 0.07", "100000, 4096, 0.996, 0.07",
    "200000, 16384, 0.996, 0.07", "500000, 32768, 0.996, 0.07", "1281167, 65536, 0.996, 0.07"
  })
  void theHeadGrowsWithTheSet(long count, String outDim, String momentum, String temperature) {
    AutoPreset preset = new AutoPreset(new FolderSurvey(count, 375), OptionalInt.empty());
    assertEquals(
        List.of(outDim, momentum, temperature),
        Stream.of("out_dim", "momentum_teacher", "teacher_temp")
            .map(key -> value(preset, key))
            .toList());
  }

  private static String value(AutoPreset preset, String key) {
    return preset.choices().stream()
        .filter(choice -> choice.key().equals(key))
        .map(Choice::value)
        .findFirst()
        .orElseThrow();
  }

  private static List<Integer> sides(TrainConfig config) {
    return List.of(
        config.backbone().patchSize(),
        config.views().globalCropsSize(),
        config.views().localCropsSize());
  }
}
