package org.dinojvm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.Sets;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.dinojvm.checkpoint.CheckpointIndex;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.data.PlainViews;
import org.dinojvm.data.source.ClipArt;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.serve.SavedModelExporter;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.run.TrainingListener;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * Real pictures → training → checkpoint → SavedModel → features, through the public entry points.
 */
class EndToEndTest {

  private static final int STEPS = 6;

  @TempDir static Path directory;

  private static Path pictures;
  private static Path run;
  private static Path checkpoint;
  private static Path exports;
  private static Path version;

  @BeforeAll
  static void trainAndExport() throws IOException {
    ClipArt.extractTo(directory.resolve("clipart"));
    pictures = directory.resolve("pictures");
    copySome("bird", 13);
    copySome("flag", 13);
    Files.write(pictures.resolve("flag/damaged.jpg"), firstHalf("train/flag"));
    run = directory.resolve("run");
    checkpoint = new Trainer(MicroRun.config(pictures, run), List.of()).run();
    exports = directory.resolve("exports");
    version = SavedModelExporter.export(checkpoint, exports);
  }

  private static List<Path> sample(String folder) throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("clipart").resolve(folder))) {
      return files.sorted().toList();
    }
  }

  private static void copySome(String name, int count) throws IOException {
    Path target = Files.createDirectories(pictures.resolve(name));
    for (Path file : sample("train/" + name).subList(0, count)) {
      Files.copy(file, target.resolve(file.getFileName()));
    }
  }

  private static byte[] firstHalf(String folder) throws IOException {
    byte[] whole = Files.readAllBytes(sample(folder).get(0));
    return Arrays.copyOf(whole, whole.length / 2);
  }

  @Test
  void aSavedModelGivesTheTeachersFeatures() {
    try (TFloat32 pixels = ModelInputs.randomPixels(3, 32, 32);
        FeatureModel model = FeatureModels.open(version)) {
      assertTeachersFeatures(pixels, model.features(pixels));
    }
  }

  /** All that a Vision Transformer under AdamW does not reach: convolutions, BatchNorm, LARS. */
  @Test
  void aResNetTrainsAndServes() throws IOException {
    TrainConfig config =
        MicroRun.config(pictures, directory.resolve("resnet"))
            .with(PlainViews.NO_AUGMENTATIONS)
            .with(Map.of("arch", "resnet18", "embed_dim", 0, "depth", 0, "num_heads", 0))
            .with(Map.of("optimizer", "lars", "use_bn_in_head", true, "epochs", 1))
            .with(Map.of("freeze_last_layer", 0));
    Path trained = new Trainer(config, List.of()).run();
    Path served = SavedModelExporter.export(trained, directory.resolve("resnet-exports"));
    try (TFloat32 pixels = ModelInputs.randomPixels(2, 32, 32);
        FeatureModel fromCheckpoint = FeatureModels.open(trained);
        FeatureModel fromExport = FeatureModels.open(served);
        TFloat32 expected = fromCheckpoint.features(pixels);
        TFloat32 actual = fromExport.features(pixels)) {
      assertEquals(Shape.of(2, 512), actual.shape());
      assertArrayEquals(
          StdArrays.array2dCopyOf(expected)[1], StdArrays.array2dCopyOf(actual)[1], 1e-5f);
      assertThrows(UnsupportedOperationException.class, () -> fromExport.attention(pixels));
    }
  }

  @Test
  void batchesAndPicturesMayHaveAnySize() {
    try (TrainedTeacher teacher = new TrainedTeacher(checkpoint);
        FeatureModel model = FeatureModels.open(exports)) {
      for (int batch : new int[] {1, 3, 17}) {
        for (int[] size : new int[][] {{224, 224}, {96, 96}, {240, 176}}) {
          try (TFloat32 pixels = ModelInputs.randomPixels(batch, size[0], size[1])) {
            assertTeachersFeatures(teacher, pixels, model.features(pixels));
          }
        }
      }
    }
  }

  /** The published patch convolution drops the rest, too. */
  @Test
  void whatIsLeftOfAPatchIsNotSeen() {
    try (TFloat32 pixels = ModelInputs.randomPixels(2, 45, 39);
        TFloat32 whole =
            TFloat32.tensorOf(
                pixels.slice(
                    Indices.all(), Indices.sliceTo(40), Indices.sliceTo(32), Indices.all()));
        FeatureModel model = FeatureModels.open(version);
        TFloat32 attention = model.attention(pixels)) {
      assertTeachersFeatures(whole, model.features(pixels));
      assertEquals(Shape.of(2, 2, 5, 4), attention.shape());
    }
  }

  @Test
  void encodedPicturesAreDecodedResizedAndCroppedInTheModel() throws IOException {
    List<Path> files = sample("val/bird").subList(0, 4);
    try (TString encoded = ModelInputs.encoded(files);
        TFloat32 pixels = ModelInputs.evaluationViews(files);
        FeatureModel model = FeatureModels.open(version)) {
      assertTeachersFeatures(pixels, model.features(encoded));
    }
  }

  @Test
  void aRunAndItsCheckpointAreModelsToo() {
    try (TFloat32 pixels = ModelInputs.randomPixels(2, 32, 32);
        FeatureModel ofRun = FeatureModels.open(run);
        FeatureModel ofCheckpoint = FeatureModels.open(checkpoint)) {
      assertTeachersFeatures(pixels, ofRun.features(pixels));
      assertTeachersFeatures(pixels, ofCheckpoint.features(pixels));
    }
  }

  private static void assertTeachersFeatures(TFloat32 pixels, TFloat32 given) {
    try (TrainedTeacher teacher = new TrainedTeacher(checkpoint)) {
      assertTeachersFeatures(teacher, pixels, given);
    }
  }

  private static void assertTeachersFeatures(
      TrainedTeacher teacher, TFloat32 pixels, TFloat32 given) {
    try (given) {
      float[][] expected = teacher.features(pixels);
      float[][] actual = StdArrays.array2dCopyOf(given);
      assertEquals(expected.length, actual.length);
      for (int i = 0; i < expected.length; i++) {
        assertEquals(32, actual[i].length);
        assertArrayEquals(expected[i], actual[i], 1e-5f);
      }
    }
  }

  @Test
  void attentionOverPatchesLeavesTheClassTokenItsShare() {
    try (TFloat32 pixels = ModelInputs.randomPixels(2, 32, 48);
        FeatureModel model = FeatureModels.open(version);
        TFloat32 attention = model.attention(pixels)) {
      assertEquals(Shape.of(2, 2, 4, 6), attention.shape());
      for (int picture = 0; picture < 2; picture++) {
        for (int head = 0; head < 2; head++) {
          double sum =
              attention.get(picture, head).streamOfObjects().mapToDouble(Float::doubleValue).sum();
          assertTrue(sum > 0.5 && sum < 1, "attention sums to " + sum);
        }
      }
    }
  }

  @Test
  void aCheckpointHoldsAllThatGoingOnNeedsByName() throws IOException {
    Set<String> keys = CheckpointIndex.keys(checkpoint);
    Set<String> expected =
        new TreeSet<>(
            List.of(
                "optimizer.updates",
                "optimizer.last_layer_updates",
                "run.step",
                "run.data_position",
                "run.seed"));
    try (TrainedTeacher teacher = new TrainedTeacher(checkpoint)) {
      expected.addAll(teacher.values().keySet());
    }
    assertEquals(expected, keys);
    List<String> some =
        List.of(
            "loss.center",
            "student.backbone.blocks.1.attn.qkv.kernel",
            "student.backbone.pos_embed",
            "teacher.backbone.patch_embed.proj.kernel",
            "teacher.head.mlp.0.bias");
    assertEquals(Set.of(), Sets.difference(Set.copyOf(some), keys));
  }

  @Test
  void anInterruptedRunEndsWithTheSameWeights() throws IOException {
    TrainConfig config = MicroRun.config(pictures, directory.resolve("interrupted"));
    Trainer interrupted = new Trainer(config, List.of(new StopAfter(5)));
    assertThrows(Stopped.class, interrupted::run);
    Path saved = Checkpoints.in(Path.of(config.run().outputDir())).orElseThrow();
    assertEquals("step-00000003", saved.getFileName().toString());

    Path last = new Trainer(config, List.of()).run();

    try (TrainedTeacher expected = new TrainedTeacher(checkpoint);
        TrainedTeacher actual = new TrainedTeacher(last)) {
      Map<String, float[]> values = actual.values();
      expected.values().forEach((name, value) -> assertArrayEquals(value, values.get(name), name));
    }
    assertEquals(losses(run), losses(Path.of(config.run().outputDir())));
  }

  /**
   * Two batches of 8 are one of 16, by Trainer and pipeline, with an interruption; SGD, because
   * Adam would blow rounding of gradients near 0 up to whole steps.
   */
  @Test
  void accumulatedBatchesAreOneLargeBatch() throws IOException {
    Map<String, Object> sgd =
        Map.of("optimizer", "sgd", "lr", 1, "drop_path_rate", 0, "epochs", 4, "warmup_epochs", 0);
    TrainConfig large =
        MicroRun.config(pictures, directory.resolve("large"))
            .with(PlainViews.NO_AUGMENTATIONS)
            .with(sgd)
            .with(Map.of("batch_size_per_gpu", 16));
    TrainConfig accumulated =
        MicroRun.config(pictures, directory.resolve("accumulated"))
            .with(PlainViews.NO_AUGMENTATIONS)
            .with(sgd)
            .with(Map.of("accumulate", 2));
    Path expected = new Trainer(large, List.of()).run();
    Trainer interrupted = new Trainer(accumulated, List.of(new StopAfter(2)));
    assertThrows(Stopped.class, interrupted::run);
    Path actual = new Trainer(accumulated, List.of()).run();
    assertEquals("step-00000004", actual.getFileName().toString());
    assertEquals(Checkpoints.stepOf(expected), Checkpoints.stepOf(actual));

    try (TrainedTeacher one = new TrainedTeacher(expected);
        TrainedTeacher other = new TrainedTeacher(actual)) {
      Map<String, float[]> values = other.values();
      one.values()
          .forEach((name, value) -> assertArrayEquals(value, values.get(name), 1e-5f, name));
    }
    List<Double> losses = losses(directory.resolve("large"));
    assertTrue(losses.get(3) < losses.get(0) - 0.01, () -> "nothing was learned: " + losses);
  }

  /** Stands for a kill. */
  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private record StopAfter(long step) implements TrainingListener {
    @Override
    public void logged(StepRecord record) {
      if (record.step() == step) {
        throw new Stopped();
      }
    }
  }

  @Test
  void theLogHasALineAStep() throws IOException {
    List<JsonNode> lines = log(run);
    assertEquals(STEPS, lines.size());
    for (int i = 0; i < STEPS; i++) {
      JsonNode line = lines.get(i);
      assertEquals(i + 1, line.get("step").asLong());
      assertEquals(i / 3, line.get("epoch").asLong());
      double loss = line.get("loss").asDouble();
      assertEquals(loss, line.get("teacher_entropy").asDouble() + line.get("kl").asDouble(), 1e-4);
      assertTrue(loss > 0 && loss < 20, line::toString);
      assertTrue(line.get("gradient_norm").asDouble() > 0, line::toString);
    }
    assertEquals(0, lines.get(0).get("learning_rate").asDouble());
    assertEquals(0.996, lines.get(0).get("momentum").asDouble(), 1e-9);
  }

  @Test
  void whatWasSkippedIsListedWithItsReason() throws IOException {
    List<String> lines = Files.readAllLines(run.resolve("skipped.tsv"));
    assertEquals(1, lines.size());
    assertTrue(
        lines.get(0).startsWith(pictures.resolve("flag/damaged.jpg") + "\tdamaged JPEG: "),
        lines.get(0));
  }

  @Test
  void anExportIsKnownByItsCheckpoint() throws IOException {
    assertEquals("1", version.getFileName().toString());
    assertEquals(Optional.of(version), SavedModelExporter.exportOf(checkpoint, exports, true));
    Path older = run.resolve("checkpoints/step-00000003");
    assertEquals(Optional.empty(), SavedModelExporter.exportOf(older, exports, true));
  }

  @Test
  void aReaderNeverSeesAPartialVersion() throws Exception {
    Path published = Files.createDirectories(directory.resolve("published"));
    Set<String> expected = Folders.files(version);
    ExecutorService reader = Executors.newSingleThreadExecutor();
    try {
      AtomicBoolean done = new AtomicBoolean();
      Future<Integer> seen =
          reader.submit(
              () -> {
                int versions = 0;
                while (!done.get()) {
                  versions = 0;
                  for (Path child : Folders.children(published)) {
                    if (!child.getFileName().toString().startsWith(".")) {
                      assertEquals(expected, Folders.files(child));
                      versions++;
                    }
                  }
                }
                return versions;
              });
      for (int i = 1; i <= 3; i++) {
        Path exported = SavedModelExporter.export(checkpoint, published);
        assertEquals(published.resolve(Integer.toString(i)), exported);
      }
      Thread.sleep(50); // one more look
      done.set(true);
      assertEquals(3, seen.get());
    } finally {
      reader.shutdownNow();
    }
    assertEquals(3, Folders.children(published).size());
  }

  @Test
  void aDamagedCheckpointIsNotExported() throws IOException {
    Path damaged = Folders.copy(checkpoint, directory.resolve("damaged"));
    Path data = damaged.resolve("model.data-00000-of-00001");
    Files.write(data, Arrays.copyOf(Files.readAllBytes(data), 1000));
    Path output = directory.resolve("of-damaged");
    IllegalArgumentException failure =
        assertThrows(
            IllegalArgumentException.class, () -> SavedModelExporter.export(damaged, output));
    assertTrue(failure.getMessage().contains(damaged.toString()), failure.getMessage());
    assertFalse(Files.exists(output));
  }

  @Test
  void aCheckpointOfAnotherNetworkIsNotExported() throws IOException {
    Path other = Folders.copy(checkpoint, directory.resolve("other"));
    TrainConfig.read(Checkpoints.configOf(checkpoint))
        .with(Map.of("embed_dim", 48))
        .write(other.resolve("config.yaml"));
    Path output = directory.resolve("of-other");
    IllegalArgumentException failure =
        assertThrows(
            IllegalArgumentException.class, () -> SavedModelExporter.export(other, output));
    // Which of the tensors TensorFlow names first differs from run to run.
    assertTrue(
        failure.getMessage().contains("is not compatible with expected shape"),
        failure.getMessage());
    assertFalse(Files.exists(output));
  }

  @Test
  void aSavedModelWithAFileCutOffIsRefused() throws IOException {
    Path cut = Folders.copy(version, directory.resolve("cut"));
    Path data = cut.resolve("variables/variables.data-00000-of-00001");
    long whole = Files.size(data);
    Files.write(data, Arrays.copyOf(Files.readAllBytes(data), 1000));
    IllegalArgumentException failure =
        assertThrows(IllegalArgumentException.class, () -> FeatureModels.open(cut));
    assertEquals(
        data
            + " has 1000 bytes; the model card says "
            + whole
            + " bytes. Copy or export the model once more",
        failure.getMessage());
  }

  @Test
  void theModelCardTellsDataFilesAndCalls() throws IOException {
    JsonNode card = new ObjectMapper().readTree(version.resolve("MODEL.json").toFile());
    assertEquals(26, card.at("/data/pictures").asInt());
    assertEquals(8, card.at("/recipe/patch_size").asInt());
    assertEquals(
        "[-1,2,-1,-1]", card.at("/signatures/attention/outputs/attention/shape").toString());
    Set<String> listed = new TreeSet<>();
    card.get("files").fieldNames().forEachRemaining(listed::add);
    assertEquals(Sets.difference(Folders.files(version), Set.of("MODEL.md", "MODEL.json")), listed);
    Path weights = version.resolve("variables/variables.index");
    assertEquals(
        MoreFiles.asByteSource(weights).hash(Hashing.sha256()).toString(),
        card.get("files").get("variables/variables.index").get("sha256").asText());
    String text = Files.readString(version.resolve("MODEL.md"));
    assertTrue(text.contains("26 pictures in `pictures`"), text);
  }

  private static List<Double> losses(Path folder) throws IOException {
    return log(folder).stream().map(line -> line.get("loss").asDouble()).toList();
  }

  private static List<JsonNode> log(Path folder) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("log.jsonl"))) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }
}
