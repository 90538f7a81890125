package org.dinojvm.train.objective;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dinojvm.data.PlainViews;
import org.dinojvm.data.source.ClipArt;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.SavedModelExporter;
import org.dinojvm.train.Trainer;
import org.dinojvm.train.config.TrainConfig;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.EagerSession;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Each method on real pictures through the public entry points. */
class MethodsTest {

  private static final String DATA = "model.data-00000-of-00001";
  private static final long STEPS = 4;

  @TempDir static Path directory;

  private static Path pictures;

  @BeforeAll
  static void copyPictures() throws IOException {
    ClipArt.extractTo(directory.resolve("clipart"));
    pictures = Files.createDirectories(directory.resolve("pictures"));
    try (Stream<Path> files = Files.walk(directory.resolve("clipart/val"))) {
      for (Path file : files.filter(Files::isRegularFile).sorted().limit(8).toList()) {
        Files.copy(file, pictures.resolve(file.getFileName()));
      }
    }
  }

  /** Two steps an epoch; a block of width 16 on views of 16 pixels. */
  private static TrainConfig config(String method, Path run) {
    TrainConfig config =
        TrainConfig.defaults(method)
            .with(PlainViews.NO_AUGMENTATIONS)
            .with(Map.of("arch", "vit_tiny", "embed_dim", 16, "depth", 1, "num_heads", 2))
            .with(Map.of("patch_size", 4, "global_crops_size", 16, "local_crops_size", 8))
            .with(Map.of("eval_crop_size", 16, "eval_resize_size", 18, "tensorboard", false))
            .with(Map.of("batch_size_per_gpu", 4, "epochs", 2, "warmup_epochs", 1, "lr", 0.01))
            .with(Map.of("log_every_steps", 1, "threads", 1, "parallel_ops", 1, "fuse", false))
            .with(Map.of("data_path", pictures.toString(), "output_dir", run.toString()))
            .with(Map.of("checkpoint_every_steps", 1, "keep_checkpoints", 9));
    if (config.views().localCropsNumber() > 1) {
      config = config.with(Map.of("local_crops_number", 1));
    }
    Set<String> keys =
        config.settings().keys().stream().map(key -> key.key()).collect(Collectors.toSet());
    for (Map.Entry<String, Integer> small : SMALL.entrySet()) {
      if (keys.contains(small.getKey())) {
        config = config.with(Map.of(small.getKey(), small.getValue()));
      }
    }
    return config;
  }

  private static final Map<String, Integer> SMALL =
      ImmutableMap.<String, Integer>builder()
          .put("projection_hidden_dim", 12)
          .put("projection_dim", 8)
          .put("prediction_hidden_dim", 12)
          .put("prototypes", 10)
          .put("queue_length", 6)
          .put("epoch_queue_starts", 0)
          .put("out_dim", 14)
          .put("head_hidden_dim", 12)
          .put("head_bottleneck_dim", 8)
          .put("gram_weight", 2)
          .put("contrastive_weight", 2)
          .put("decoder_num_heads", 2)
          .put("decoder_embed_dim", 8)
          .put("decoder_depth", 1)
          .buildOrThrow();

  /** In the second epoch the queue is full, prototypes are free, and patches are anchored. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "dino",
        "simclr",
        "mocov3",
        "byol",
        "simsiam",
        "swav",
        "barlow_twins",
        "vicreg",
        "simdino",
        "ibot",
        "dinov2",
        "mae"
      })
  void aRunThatLostItsLastStepsEndsWithTheSameWeights(String method) throws IOException {
    TrainConfig config = config(method, directory.resolve(method));
    Path last = new Trainer(config, List.of()).run();
    byte[] expected = Files.readAllBytes(last.resolve(DATA));
    assertNumbersAreNamed(config.objective(), directory.resolve(method + "/log.jsonl"));
    for (long step = STEPS; step > 1; step--) { // what a run that is killed in step 2 leaves
      MoreFiles.deleteRecursively(
          last.resolveSibling("step-%08d".formatted(step)), RecursiveDeleteOption.ALLOW_INSECURE);
    }
    assertEquals(last, new Trainer(config, List.of()).run());
    assertArrayEquals(expected, Files.readAllBytes(last.resolve(DATA)));
    if (method.equals("dino")) {
      assertContrastiveTermIsAdded(directory.resolve(method + "/log.jsonl"));
    }
    if (method.equals("dinov2")) {
      assertAnchored(last, directory.resolve(method + "/log.jsonl"));
    }
    if (Set.of("byol", "simdino", "vicreg", "ibot")
        .contains(method)) { // two networks or one, either used
      assertExported(method, last);
    }
  }

  private static void assertNumbersAreNamed(Objective objective, Path log) throws IOException {
    List<String> lines = Files.readAllLines(log);
    assertEquals(STEPS, lines.size());
    JsonNode last = new ObjectMapper().readTree(lines.get(lines.size() - 1));
    for (String metric : objective.consoleMetrics().keySet()) {
      assertTrue(Double.isFinite(last.path(metric).asDouble(Double.NaN)), metric + " in " + last);
    }
    if (!(objective instanceof Dino)) {
      assertTrue(last.get("embedding_std").asDouble() > 0, last::toString);
    }
  }

  /** DINO's cross-entropy is the teacher's entropy and a divergence; the term comes on top. */
  private static void assertContrastiveTermIsAdded(Path log) throws IOException {
    for (String line : Files.readAllLines(log)) {
      JsonNode step = new ObjectMapper().readTree(line);
      double dino = step.get("teacher_entropy").asDouble() + step.get("kl").asDouble();
      double contrastive = step.get("contrastive_loss").asDouble();
      assertTrue(contrastive > 0, line);
      assertEquals(dino + 2 * contrastive, step.get("loss").asDouble(), 1e-4, line);
    }
  }

  /** From the second epoch on, the Gram teacher is the teacher of each epoch's last step. */
  private static void assertAnchored(Path last, Path log) throws IOException {
    String weight = "blocks.0.attn.qkv.kernel";
    for (long step : List.of(2L, 3L, 4L)) {
      long copied = step == 3 ? 1 : step - 1;
      assertArrayEquals(
          read(last.resolveSibling("step-%08d".formatted(copied)), "teacher.backbone." + weight),
          read(last.resolveSibling("step-%08d".formatted(step)), "loss.gram." + weight),
          "after step " + step);
    }
    List<Double> weights = new ArrayList<>();
    for (String line : Files.readAllLines(log)) {
      JsonNode step = new ObjectMapper().readTree(line);
      weights.add(step.get("gram_weight").asDouble());
      assertTrue(step.get("gram_loss").asDouble() > 0, line);
    }
    assertEquals(List.of(0.0, 0.0, 2.0, 2.0), weights);
  }

  private static float[] read(Path checkpoint, String name) {
    try (EagerSession session = EagerSession.create()) {
      Ops tf = Ops.create(session);
      Output<?> read =
          tf.train
              .restore(
                  tf.constant(checkpoint.resolve("model").toString()),
                  tf.array(name),
                  tf.array(""),
                  List.of(TFloat32.class))
              .tensors()
              .get(0);
      TFloat32 tensor = (TFloat32) read.asTensor();
      float[] numbers = new float[(int) tensor.size()];
      tensor.asRawTensor().data().asFloats().read(numbers);
      return numbers;
    }
  }

  private static void assertExported(String method, Path checkpoint) throws IOException {
    Path version = SavedModelExporter.export(checkpoint, directory.resolve("export-" + method));
    String card = Files.readString(version.resolve("MODEL.md"));
    assertTrue(card.startsWith("# " + method + ", vit_tiny"), card);
    float[] pixels = new float[16 * 16 * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = i % 7 / 7f;
    }
    try (TFloat32 picture = TFloat32.tensorOf(Shape.of(1, 16, 16, 3), DataBuffers.of(pixels));
        FeatureModel model = FeatureModel.open(version);
        TFloat32 features = model.features(picture)) {
      assertEquals(Shape.of(1, 16), features.shape());
      assertTrue(Float.isFinite(features.getFloat(0, 0)));
    }
  }
}
