package org.dinojvm.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dinojvm.data.ImageFolder;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.run.RunSummary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** k-NN tests of a run, with the shipped teacher on red and blue discs. */
class KnnListenerTest {

  private static final Path MODEL = Path.of("../savedmodels/clipart");

  @TempDir Path directory;

  @Test
  void isGivenUpWhenTheRunIsAskedToStop() throws Exception {
    for (int i = 0; i < 3; i++) {
      PictureFiles.disc(directory.resolve("red/" + i + ".png"), Color.RED, 40 + i, 30);
      PictureFiles.disc(directory.resolve("blue/" + i + ".png"), Color.BLUE, 40 + i, 30);
    }
    ImageFolder pictures = ImageFolder.scan(directory);
    KnnTask task = new KnnTask(LabelledPictures.of(pictures), Optional.empty());
    TrainConfig config = TrainConfig.defaults().with(Map.of("knn_every_epochs", 1));
    StringWriter out = new StringWriter();
    List<Long> scored = new ArrayList<>();
    AtomicBoolean stopping = new AtomicBoolean();

    try (KnnListener listener =
        new KnnListener(
            task, new PrintWriter(out, true), (step, scores) -> scored.add(step), stopping::get)) {
      listener.started(new RunSummary(config, directory, pictures, 10), 0, 30);
      listener.epochSaved(1, MODEL);
      stopping.set(true);
      listener.epochSaved(2, MODEL);
    }

    assertEquals(List.of(10L), scored);
    List<String> lines = out.toString().lines().toList();
    assertTrue(lines.get(0).startsWith("epoch 1: k-NN top-1 100.0 %"), out::toString);
    assertEquals("epoch 2: no k-NN test, for the run is asked to stop", lines.get(1));
    assertEquals(1, Files.readAllLines(directory.resolve("knn.jsonl")).size());
  }
}
