package org.dinojvm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.FeatureExtractor;
import org.dinojvm.eval.FeatureKind;
import org.dinojvm.eval.math.Whitening;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.train.MicroRun;
import org.dinojvm.train.Trainer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exports whose features are others than the class token, against the same in plain Java. */
class ReadOutTest {

  @TempDir static Path directory;

  private static Path pictures;
  private static Path run;
  private static Path checkpoint;

  @BeforeAll
  static void train() throws IOException {
    pictures = directory.resolve("pictures");
    for (int i = 0; i < 24; i++) {
      Color color = new Color(10 * i, 255 - 7 * i, 40 + 5 * i);
      PictureFiles.disc(pictures.resolve((i % 2) + "/" + i + ".png"), color, 40 + i, 60 - i);
    }
    run = directory.resolve("run");
    checkpoint = new Trainer(MicroRun.config(pictures, run), List.of()).run();
  }

  @ParameterizedTest
  @CsvSource({
    "cls, CLS, 0.5",
    "mean, MEAN, 0.5",
    "cls+mean, CLS_MEAN, 0.35",
    "cls+mean, CLS_MEAN, 0",
    "last4, LAST4, 0"
  })
  void anExportGivesTheFeaturesThatEvaluationsSee(String text, FeatureKind kind, double power)
      throws IOException {
    Path output = directory.resolve(kind + "-" + power);
    assertEquals(0, export(output, text, power));
    List<Picture> all = ImageFolder.scan(pictures).pictures();
    try (FeatureModel plain = FeatureModels.open(checkpoint);
        FeatureModel exported = FeatureModels.open(output.resolve("1"))) {
      float[][] rows = new FeatureExtractor(plain, kind, Progress.NONE).extract(all);
      float[][] expected = power > 0 ? Whitening.learn(rows, power).apply(rows) : rows;
      float[][] actual = new FeatureExtractor(exported, Progress.NONE).extract(all);
      assertEquals(expected[0].length, exported.info().embedDim());
      for (int i = 0; i < expected.length; i++) {
        assertArrayEquals(expected[i], actual[i], 2e-3f); // of variance 1 after up to 316 times
      }
      assertNotEquals(plain.fingerprint(), exported.fingerprint());
    }
  }

  @Test
  void theCardSaysSoAndTokensAndWeightsAreTheNetworks() throws IOException {
    Path output = directory.resolve("card");
    assertEquals(0, export(output, "cls+mean", 0.35));
    String card = Files.readString(output.resolve("1/MODEL.md"));
    assertTrue(
        card.contains(
            "is no plain class token: class token and mean of the patches' tokens, whitened by the"
                + " principal components of 24 pictures (power 0.35)"),
        card);
    List<Picture> all = ImageFolder.scan(pictures).pictures();
    try (FeatureModel plain = FeatureModels.open(checkpoint);
        FeatureModel exported = FeatureModels.open(output.resolve("1"))) {
      float[][] tokens = tokens(plain, all);
      float[][] sameTokens = tokens(exported, all);
      for (int i = 0; i < tokens.length; i++) {
        assertArrayEquals(tokens[i], sameTokens[i], 1e-5f);
      }
    }
    Path ofRun = directory.resolve("run.safetensors");
    Path ofExport = directory.resolve("export.safetensors");
    assertEquals(0, Dino.run("export", "--model=" + run, "--safetensors=" + ofRun));
    assertEquals(
        0, Dino.run("export", "--model=" + output.resolve("1"), "--safetensors=" + ofExport));
    assertArrayEquals(Files.readAllBytes(ofRun), Files.readAllBytes(ofExport));
  }

  private static float[][] tokens(FeatureModel model, List<Picture> all) {
    return new FeatureExtractor(model, FeatureKind.CLS_MEAN, Progress.NONE).extract(all);
  }

  private static int export(Path output, String features, double power) {
    return power > 0
        ? Dino.run(
            "export",
            "--model=" + run,
            "--features=" + features,
            "--whiten=" + pictures,
            "--whitening_power=" + power,
            "--output=" + output)
        : Dino.run("export", "--model=" + run, "--features=" + features, "--output=" + output);
  }
}
