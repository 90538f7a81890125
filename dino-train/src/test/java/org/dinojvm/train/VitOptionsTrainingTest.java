package org.dinojvm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.PlainViews;
import org.dinojvm.files.DurableFiles;
import org.dinojvm.train.config.TrainConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of Vision Transformers with DINOv2's and DINOv3's parts, and of some of their layers. */
class VitOptionsTrainingTest {

  private static final String DATA = "model.data-00000-of-00001";

  @TempDir Path folder;

  /**
   * Registers, LayerScale, SwiGLU, rotary positions and both stems from scratch; resumed to the
   * bit.
   */
  @ParameterizedTest
  @ValueSource(strings = {"float32", "bf16"})
  void aRunFromScratchIsResumedToTheBit(String precision) throws IOException {
    TrainConfig config =
        config("run")
            .with(Map.of("stem", precision.equals("bf16") ? "convolutional" : "linear"))
            .with(Map.of("registers", 2, "layer_scale", 0.1, "ffn", "swiglu", "positions", "rope"))
            .with(Map.of("qkv_bias", "masked", "mask_token", "held", "precision", precision))
            .with(Map.of("checkpoint_every_steps", 1, "keep_checkpoints", 3));
    Path last = new Trainer(config, List.of()).run();
    Path kept = folder.resolve("kept");
    Files.move(last.resolve(DATA), kept);
    DurableFiles.deleteTree(last);
    assertEquals(last, new Trainer(config, List.of()).run());
    assertEquals(-1, Files.mismatch(kept, last.resolve(DATA)));
    assertTrue(values(last).containsKey("student.backbone.blocks.1.mlp.w3.kernel"));
    assertTrue(values(last).containsKey("teacher.backbone.storage_tokens"));
  }

  /** The pictures go on where the shorter epoch left them, and rates follow the whole run. */
  @Test
  void shorterEpochsTrainTheSame() throws IOException {
    TrainConfig whole =
        config("whole").with(Map.of("epochs", 2, "freeze_last_layer", 0)); // of 3 steps
    TrainConfig parts =
        config("parts").with(Map.of("epochs", 6, "freeze_last_layer", 0, "epoch_length", 1));
    Path last = new Trainer(whole, List.of()).run();
    Path lastOfParts = new Trainer(parts, List.of()).run();
    assertEquals(-1, Files.mismatch(last.resolve(DATA), lastOfParts.resolve(DATA)));
  }

  /** With SGD the first update is the rate times the gradient: shares of it show in the weights. */
  @Test
  void eachLayerMovesByItsShareAndFrozenOnesDoNot() throws IOException {
    Map<String, ?> sgd = Map.of("optimizer", "sgd", "weight_decay", 0, "weight_decay_end", 0);
    TrainConfig still = config("still").with(sgd).with(Map.of("lr", 0, "min_lr", 0));
    TrainConfig plain = oneStep("plain").with(sgd);
    Map<String, float[]> start = values(new Trainer(still, List.of()).run());
    Map<String, float[]> alike = values(new Trainer(plain, List.of()).run());
    Map<String, float[]> decayed =
        values(
            new Trainer(oneStep("decayed").with(sgd).with(Map.of("layer_decay", 0.5)), List.of())
                .run());
    Map<String, float[]> frozen =
        values(
            new Trainer(oneStep("frozen").with(sgd).with(Map.of("freeze_blocks", 1)), List.of())
                .run());
    Map<String, Double> shares =
        Map.of(
            "patch_embed.proj.kernel", 0.125,
            "blocks.0.attn.proj.kernel", 0.25,
            "blocks.1.mlp.fc1.kernel", 0.5,
            "norm.bias", 1.0);
    shares.forEach(
        (name, share) -> {
          String student = "student.backbone." + name;
          String teacher = "teacher.backbone." + name;
          float[] full = difference(alike.get(student), start.get(student));
          float[] shared = difference(decayed.get(student), start.get(student));
          float largest = 0;
          for (int i = 0; i < full.length; i++) {
            largest = Math.max(largest, Math.abs(full[i]));
            full[i] = (float) (full[i] * share);
          }
          assertTrue(largest > 0, name);
          assertArrayEquals(full, shared, 1e-3f * largest, name);
          if (share < 0.5) {
            assertArrayEquals(start.get(student), frozen.get(student), name);
            assertArrayEquals(start.get(student), frozen.get(teacher), name);
          } else {
            assertArrayEquals(alike.get(student), frozen.get(student), 1e-3f * largest, name);
            assertFalse(Arrays.equals(start.get(student), frozen.get(student)), name);
          }
        });
  }

  private static float[] difference(float[] a, float[] b) {
    float[] difference = new float[a.length];
    for (int i = 0; i < a.length; i++) {
      difference[i] = a[i] - b[i];
    }
    return difference;
  }

  private TrainConfig oneStep(String run) throws IOException {
    return config(run).with(Map.of("batch_size_per_gpu", 12, "lr", 2, "min_lr", 0));
  }

  private TrainConfig config(String run) throws IOException {
    Path pictures = folder.resolve("pictures");
    for (int i = 0; i < 12; i++) {
      PictureFiles.disc(pictures.resolve(i + ".png"), new Color(20 * i, 0, 99), 40, 30 + 2 * i);
    }
    return MicroRun.config(pictures, folder.resolve(run))
        .with(PlainViews.NO_AUGMENTATIONS)
        .with(Map.of("local_crops_number", 0, "threads", 1, "parallel_ops", 1))
        .with(Map.of("batch_size_per_gpu", 4, "epochs", 1, "warmup_epochs", 0, "fuse", false))
        .with(Map.of("drop_path_rate", 0));
  }

  private static Map<String, float[]> values(Path checkpoint) throws IOException {
    try (TrainedTeacher trained = new TrainedTeacher(checkpoint)) {
      return trained.values();
    }
  }
}
