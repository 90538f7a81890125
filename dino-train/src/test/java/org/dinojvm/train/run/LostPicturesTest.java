package org.dinojvm.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.train.MicroRun;
import org.dinojvm.train.config.TrainConfig;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.types.TInt64;

class LostPicturesTest {

  @TempDir Path directory;
  private final List<String> warnings = new ArrayList<>();
  private Path pictures;
  private Path skipped;
  private LostPictures lost;

  @BeforeEach
  void scan() throws IOException {
    pictures = Files.createDirectories(directory.resolve("pictures"));
    for (int i = 0; i < 8; i++) {
      PictureFiles.disc(pictures.resolve(i + ".png"), Color.RED, 20, 20);
    }
    Path run = Files.createDirectories(directory.resolve("run"));
    TrainConfig config =
        MicroRun.config(pictures, directory)
            .with(Map.of("output_dir", run.toString(), "max_skipped", 0.5));
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void warned(String message) {
            warnings.add(message);
          }
        };
    RunFolder folder = RunFolder.of(config);
    skipped = run.resolve("skipped.tsv");
    lost =
        new LostPictures(
            new RunSummary(config, run, ImageFolder.scan(pictures), 1, 1),
            folder,
            new Listeners(List.of(listener)));
  }

  @Test
  void eachIsReportedAndListedOnce() throws IOException {
    Files.delete(pictures.resolve("2.png"));
    add(-1, 2, -1);
    add(2, -1, -1);
    assertEquals(1, warnings.size(), warnings.toString());
    assertEquals(
        "cannot read %s any more: no such file. Another picture takes its place; 1 so far, listed in %s"
            .formatted(pictures.resolve("2.png"), skipped),
        warnings.get(0));
    assertEquals(
        List.of(pictures.resolve("2.png") + "\tno such file"), Files.readAllLines(skipped));
    lost.checkShare();
  }

  @Test
  void moreThanTheAllowedShareEndsTheRun() throws IOException {
    for (int i = 0; i < 5; i++) {
      Files.write(pictures.resolve(i + ".png"), new byte[0]);
    }
    add(0, 1, 2, 3);
    lost.checkShare();
    add(4);
    String message = assertThrows(IllegalArgumentException.class, lost::checkShare).getMessage();
    assertTrue(message.startsWith("5 of 8 files in " + pictures), message);
    assertEquals(5, Files.readAllLines(skipped).size());
  }

  @Test
  void anErrorIsExplainedOnlyIfAllPicturesAreGone() throws IOException {
    IllegalStateException error = new IllegalStateException("anything");
    assertSame(error, lost.explain(error));
    for (int i = 0; i < 8; i++) {
      Files.delete(pictures.resolve(i + ".png"));
    }
    String message = lost.explain(error).getMessage();
    assertTrue(
        message.startsWith("the pictures in %s cannot be read any more".formatted(pictures)));
  }

  private void add(long... unreadable) {
    try (TInt64 batch = TInt64.vectorOf(unreadable)) {
      lost.add(batch);
    }
  }
}
