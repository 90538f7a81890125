package org.dinojvm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.run.TrainingListener;
import org.dinojvm.weights.Resources;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.PublishedNames;
import org.dinojvm.weights.network.WeightFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs at a learning rate of 0 end with what they began with. */
class InitialWeightsTest {

  private static final Path CHECKPOINT = Resources.reference("checkpoint.pth");

  @TempDir Path folder;

  @Test
  void studentAndTeacherStartFromBackboneAndHead() throws IOException {
    TrainConfig config =
        config(CHECKPOINT)
            .with(Map.of("out_dim", 96, "head_hidden_dim", 64, "head_bottleneck_dim", 32));
    List<String> told = new ArrayList<>();
    Map<String, float[]> values = train(config, told);
    ImmutableMap<String, Weight> teacher =
        PublishedNames.toProject(WeightFile.read(CHECKPOINT).weights());
    assertEquals(50, teacher.size());
    teacher.forEach(
        (name, weight) -> {
          assertArrayEquals(weight.floats(), values.get("teacher." + name), name);
          assertArrayEquals(weight.floats(), values.get("student." + name), name);
        });
    assertEquals(List.of("starting from the backbone of " + CHECKPOINT + " and its head"), told);
  }

  @Test
  void positionEmbeddingsAreResizedAsPublishedAndAnotherHeadIsLeftOut() throws IOException {
    Safetensors forward = Safetensors.read(Resources.reference("vit_forward.safetensors"));
    Map<String, Weight> backbone = new LinkedHashMap<>();
    forward
        .tensors()
        .forEach(
            (name, weight) -> {
              if (name.startsWith("weights.")) {
                backbone.put(name.substring("weights.".length()), weight);
              }
            });
    Path file = folder.resolve("backbone.safetensors");
    Safetensors.of(backbone).write(file);
    int side = (int) forward.tensor("small.image_nchw").shape().get(2);
    List<String> told = new ArrayList<>();
    Map<String, float[]> values = train(config(file).with(Map.of("global_crops_size", side)), told);
    assertArrayEquals(
        forward.tensor("small.pos_embed").floats(),
        values.get("teacher.backbone.pos_embed"),
        1e-5f);
    assertTrue(told.get(0).contains(", its position embedding resized from "), told.get(0));
    assertTrue(told.get(0).endsWith("; the head starts anew: the file has none"), told.get(0));
  }

  @Test
  void anotherNetworkIsRefusedBeforeAnythingIsWritten() throws IOException {
    TrainConfig config = config(CHECKPOINT).with(Map.of("patch_size", 16, "depth", 2));
    String message =
        assertThrows(IllegalArgumentException.class, () -> new Trainer(config, List.of()).run())
            .getMessage();
    assertEquals(
        CHECKPOINT
            + ": the backbone is not this run's vit_tiny: backbone.patch_embed.proj.weight is"
            + " F32[48, 3, 8, 8], the network has [48, 3, 16, 16]; for this file give --arch"
            + " vit_small --patch_size 8 --embed_dim 48 --depth 3, or --init alone",
        message);
    assertFalse(Files.exists(folder.resolve("run")));
  }

  private TrainConfig config(Path init) throws IOException {
    Path pictures = folder.resolve("pictures");
    for (int i = 0; i < 8; i++) {
      PictureFiles.disc(pictures.resolve(i + ".png"), java.awt.Color.RED, 40 + i, 40);
    }
    return MicroRun.config(pictures, folder.resolve("run"))
        .with(Map.of("init", init.toString(), "embed_dim", 48, "depth", 3, "num_heads", 3))
        .with(Map.of("epochs", 1, "lr", 0, "min_lr", 0, "warmup_epochs", 0));
  }

  private static Map<String, float[]> train(TrainConfig config, List<String> told)
      throws IOException {
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void informed(String message) {
            if (!message.contains("start Java with")) { // which depends on the machine
              told.add(message);
            }
          }
        };
    Path checkpoint = new Trainer(config, List.of(listener)).run();
    try (TrainedTeacher trained = new TrainedTeacher(checkpoint)) {
      return trained.values();
    }
  }
}
