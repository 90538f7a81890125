package org.dinojvm.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import java.awt.Color;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.cli.options.PictureFolders;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.Evaluations;
import org.dinojvm.eval.RawPixelModel;
import org.dinojvm.eval.TinyFeatureModel;
import org.dinojvm.serve.FeatureModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SideBySideTest {

  @TempDir Path folder;

  /** Discs of three colors, which an average of pixels tells apart. */
  private EvaluationData pictures() throws Exception {
    List<Color> colors = List.of(Color.BLUE, Color.RED, Color.GREEN);
    for (int color = 0; color < colors.size(); color++) {
      for (int i = 0; i < 12; i++) {
        Path file = Path.of(Integer.toString(color), i + ".png");
        PictureFiles.disc(folder.resolve("train").resolve(file), colors.get(color), 40 + 3 * i, 60);
      }
      PictureFiles.disc(folder.resolve("val/" + color + "/a.png"), colors.get(color), 61, 60);
    }
    PrintWriter nobody = new PrintWriter(PrintWriter.nullWriter());
    return PictureFolders.evaluationData(
        folder.resolve("train"), Optional.of(folder.resolve("val")), nobody, false);
  }

  @Test
  void hasTheNumbersOfTheEvaluationsInLines() throws Exception {
    EvaluationData data = pictures();
    try (FeatureModel pixels = new RawPixelModel();
        FeatureModel tiny = new TinyFeatureModel()) {
      SideBySide found =
          SideBySide.of(ImmutableMap.of("raw pixels", pixels, "tiny", tiny), data, 0.35);

      EvaluationInputs in = new EvaluationInputs(tiny, data, Progress.NONE);
      Map<String, Double> copies =
          Evaluations.get("copies")
              .create(Map.of("count", "100", "whitening_power", "0.35"))
              .evaluate(in)
              .numbers();
      for (String model : List.of("raw pixels", "tiny")) {
        assertEquals(100, found.percentages().get("class by 10 neighbours", model));
      }
      assertEquals(
          100 * copies.get("recall1_crop"),
          found.percentages().get("found again cut to half", "tiny"));
      assertEquals(
          100 * copies.get("recall1_gray_whitened"),
          found.percentages().get("found again without colors, whitened", "tiny"));

      List<String> lines = found.table().lines().toList();
      assertTrue(lines.get(0).matches("% +raw pixels +tiny"), lines.get(0));
      assertTrue(lines.get(1).matches("class by 10 neighbours +100\\.0 +100\\.0"), lines.get(1));
      assertEquals(1 + 3 * 2 + 2 * 5, lines.size());
    }
  }
}
