package org.dinojvm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.settings.Range;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.optimizer.Optimizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class TrainConfigTest {

  private static Map<String, Object> values(TrainConfig config) {
    return TrainConfig.defaults().settings().entries(config).entrySet().stream()
        .collect(ImmutableMap.toImmutableMap(entry -> entry.getKey().key(), Map.Entry::getValue));
  }

  @Test
  void everyDefaultIsThePublishedOne() {
    assertEquals(ExpectedSettings.defaults(), values(TrainConfig.defaults()));
  }

  @Test
  void everySettingIsReadFromText() {
    Map<String, String> texts = Maps.transformValues(ExpectedSettings.others(), SettingKey::text);
    assertEquals(ExpectedSettings.others(), values(TrainConfig.load(Optional.empty(), texts)));
  }

  @Test
  void yamlReadsBackEqual(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("config.yaml");
    for (TrainConfig config :
        List.of(TrainConfig.defaults(), TrainConfig.defaults().with(ExpectedSettings.others()))) {
      config.write(file);
      assertEquals(config, TrainConfig.read(file));
    }
  }

  @Test
  void everySettingIsExplained() {
    for (SettingKey key : TrainConfig.defaults().settings().keys()) {
      assertTrue(key.doc().endsWith("."), key.key() + " has no sentence of help");
      assertNotEquals("", key.source(), key.key());
      assertEquals(SettingKey.text(key.defaultValue()), canonical(key), key.key());
    }
  }

  /** The default's text, with 1e-6 as 1.0e-6. */
  private static String canonical(SettingKey key) {
    return SettingKey.text(key.parse(key.defaultText(), ""));
  }

  @Test
  void optionsOverrideTheFileAndTheFileTheDefaults(@TempDir Path folder) throws IOException {
    Path file = write(folder, "epochs: 50\nlr: 1e-3\nglobal_crops_scale: [0.3, 1]\n");
    TrainConfig config = TrainConfig.load(Optional.of(file), Map.of("epochs", "60"));
    assertEquals(60, config.optimization().epochs());
    assertEquals(0.001, config.optimization().lr());
    assertEquals(new Range(0.3, 1), config.views().crops().globalCropsScale());
    assertEquals(64, config.optimization().batchSizePerGpu());
  }

  /** What only the file and the options together make possible is possible. */
  @Test
  void rulesHoldForTheWhole(@TempDir Path folder) throws IOException {
    Path file = write(folder, "epochs: 5\n");
    assertEquals(
        5,
        TrainConfig.load(Optional.of(file), Map.of("warmup_epochs", "1")).optimization().epochs());
  }

  @Test
  void anEmptyFileMeansTheDefaults(@TempDir Path folder) throws IOException {
    assertEquals(TrainConfig.defaults(), TrainConfig.read(write(folder, "# nothing yet\n")));
  }

  @ParameterizedTest
  @CsvSource({"true", "True", "TRUE", "1", "on"})
  void pythonsTrueIsTrue(String text) {
    assertTrue(load("use_bn_in_head", text).model().head().useBnInHead());
  }

  @ParameterizedTest
  @CsvSource({"false", "False", "0", "off"})
  void pythonsFalseIsFalse(String text) {
    assertEquals(false, load("norm_last_layer", text).model().head().normLastLayer());
  }

  @ParameterizedTest
  @CsvSource({"deit_tiny, vit_tiny", "deit_small, vit_small", "resnet50, resnet50"})
  void archsHaveTheirPublishedNames(String text, String arch) {
    assertEquals(arch, load("arch", text).backbone().arch());
  }

  @ParameterizedTest
  @CsvSource({"'0.14 1.'", "'0.14,1.0'", "'0.14, 1'"})
  void pairsMayBeWrittenInAnyWay(String text) {
    assertEquals(
        new Range(0.14, 1), load("global_crops_scale", text).views().crops().globalCropsScale());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "patchsize | 8 | unknown key 'patchsize' on the command line; did you mean 'patch_size'?",
        "qqq | 8 | unknown key 'qqq' on the command line",
        "optimizer | adam | optimizer = 'adam' on the command line: expected one of adamw, sgd,"
            + " lars; did you mean 'adamw'?",
        "precision | fp64 | precision = 'fp64' on the command line: expected one of float32, bf16",
        "epochs | 1.5 | epochs = '1.5' on the command line: expected a whole number",
        "lr | fast | lr = 'fast' on the command line: expected a number",
        "lr | NaN | lr = 'NaN' on the command line: expected a number",
        "lr | 1e999 | lr = '1e999' on the command line: expected a number",
        "use_fp16 | maybe | use_fp16 = 'maybe' on the command line: expected true or false",
        "mean | 1 2 | mean = '1 2' on the command line: expected 3 numbers, e.g. 0.485 0.456 0.406",
        "global_crops_size | 225 | global_crops_size = 225: must be a multiple of patch_size = 16;"
            + " use 224 or 240",
        "local_crops_size | 8 | local_crops_size = 8: must be a multiple of patch_size = 16; use 16",
        "eval_crop_size | 100 | eval_crop_size = 100: must be a multiple of patch_size = 16;"
            + " use 96 or 112",
        "eval_resize_size | 200 | eval_resize_size = 200: must be at least eval_crop_size = 224",
        "patch_size | 0 | patch_size = 0: must be at least 1",
        "num_heads | 7 | embed_dim = 384: must be a multiple of num_heads = 7; use 378 or 385",
        "batch_size_per_gpu | 0 | batch_size_per_gpu = 0: must be at least 1",
        "accumulate | 0 | accumulate = 0: must be at least 1",
        "teacher_temp | 0 | teacher_temp = 0.0: must be greater than 0",
        "momentum_teacher | 1.1 | momentum_teacher = 1.1: must be between 0 and 1",
        "drop_path_rate | 1 | drop_path_rate = 1.0: must be at least 0 and less than 1",
        "epochs | 5 | warmup_epochs = 10: must be between 0 and epochs = 5; lower --warmup_epochs"
            + " or raise --epochs",
        "freeze_last_layer | 101 | freeze_last_layer = 101: must be between 0 and epochs = 100;"
            + " lower --freeze_last_layer or raise --epochs",
        "local_crops_scale | 0.4 0.05 | local_crops_scale = 0.4 0.05: must be two shares of the"
            + " picture's area, 0 < smaller <= larger <= 1",
        "crop_ratio | 0 1 | crop_ratio = 0.0 1.0: must be two numbers above 0, the smaller one"
            + " first",
        "std | 0 1 1 | std = 0.0 1.0 1.0: must be greater than 0 for every channel",
        "eval_val | d | eval_val = d: evaluations need both folders; give --eval_train and"
            + " --eval_val, or neither",
        "knn_train | d | eval_train = d: evaluations need both folders; give --eval_train and"
            + " --eval_val, or neither",
        "eval_every_epochs | 0 | eval_every_epochs = 0: must be at least 1",
      })
  void eachMistakeHasItsLine(String key, String text, String message) {
    assertMistake(message, () -> load(key, text));
  }

  @Test
  void anUnknownArchIsToldTheNearest() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> load("arch", "vit_smal")).getMessage();
    assertTrue(
        message.startsWith("arch = 'vit_smal' on the command line: expected one of vit_tiny, "),
        message);
    assertTrue(message.endsWith("; did you mean 'vit_small'?"), message);
  }

  @Test
  void aResNetIsNotCutIntoPatches() {
    TrainConfig config = TrainConfig.defaults().with(Map.of("arch", "resnet50"));
    assertEquals(225, config.with(Map.of("global_crops_size", 225)).views().globalCropsSize());
    assertMistake(
        "embed_dim = 64: is for ViTs, resnet50 has a fixed form; leave it at 0",
        () -> config.with(Map.of("embed_dim", 64)));
  }

  /** The defaults of methods that were published for ResNets alone are others for ViTs. */
  @Test
  void defaultsOfAMethodGoWithTheBackbone() {
    TrainConfig vit = TrainConfig.load(Optional.empty(), Map.of("method", "byol"));
    assertEquals(Optimizer.ADAMW, vit.optimization().optimizer());
    TrainConfig resnet =
        TrainConfig.load(Optional.empty(), Map.of("method", "byol", "arch", "resnet50"));
    assertEquals(Optimizer.LARS, resnet.optimization().optimizer());
    assertEquals(0.45, resnet.optimization().lr());
    assertEquals(1.5e-6, resnet.optimization().weightDecayEnd());
    assertEquals(0.0, resnet.optimization().minLr());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "byol | local_crops_number | 6 | local_crops_number = 6: must be 0: this method compares"
            + " two views",
        "swav | batch_size_per_gpu | 1 | batch_size_per_gpu = 1: must be at least 2: this method"
            + " compares the pictures of a batch",
        "simclr | temperature | 0 | temperature = 0.0: must be greater than 0",
        "simdino | expansion_type | 2 | expansion_type = 2: must be 0 or 1",
      })
  void eachMistakeOfAMethodHasItsLine(String method, String key, String text, String message) {
    assertMistake(
        message, () -> TrainConfig.load(Optional.empty(), Map.of("method", method, key, text)));
  }

  @Test
  void withoutLocalCropsTheirSizeDoesNotMatter() {
    assertEquals(
        0,
        TrainConfig.defaults()
            .with(Map.of("local_crops_number", 0, "local_crops_size", 1))
            .views()
            .localCropsNumber());
  }

  @ParameterizedTest
  @FieldSource("BAD_FILES")
  void eachMistakeInAFileHasItsLine(List<String> textAndMessage, @TempDir Path folder)
      throws IOException {
    Path file = write(folder, textAndMessage.get(0));
    assertMistake(
        textAndMessage.get(1).replace("FILE", file.toString()), () -> TrainConfig.read(file));
  }

  @SuppressWarnings("UnusedVariable") // read by JUnit
  private static final List<List<String>> BAD_FILES =
      List.of(
          List.of("patchsize: 8", "unknown key 'patchsize' in FILE; did you mean 'patch_size'?"),
          List.of("epochs: many", "epochs = 'many' in FILE: expected a whole number"),
          List.of("epochs: [1, 2]", "epochs = '1, 2' in FILE: expected a whole number"),
          List.of("lr: 1\nlr: 2", "FILE, line 2: Duplicate field 'lr'"),
          List.of(
              "data: a\ndata_path: b",
              "data_path is given twice in FILE, by more than one of its names"),
          List.of(
              "epochs:",
              "epochs in FILE: expected a value on the same line; remove the line for the"
                  + " default"),
          List.of("- 1", "FILE holds no settings: write lines 'key: value'"));

  @Test
  void evaluationSettingsKeepTheirEarlierNames(@TempDir Path folder) throws IOException {
    TrainConfig before =
        TrainConfig.read(
            write(
                folder,
                "knn_train: a\nknn_val: b\nknn_every_epochs: 25\nattention_every_epochs: 5\n"));
    assertEquals("a", before.evaluation().evalTrain());
    assertEquals("b", before.evaluation().evalVal());
    assertEquals(25, before.evaluation().evalEveryEpochs());
    assertEquals(List.of("knn", "health", "attention"), before.evaluation().names());
    TrainConfig now = TrainConfig.defaults().with(Map.of("eval_train", "a", "eval_val", "b"));
    assertTrue(
        now.differencesFrom(before).stream().allMatch(difference -> difference.key().mayChange()));
  }

  @Test
  void evaluationsAreAListOfNames() {
    assertEquals(
        List.of("b", "attention", "a"),
        load("evaluations", " b,attention , a,,b").evaluation().names());
    assertEquals(List.of(), load("evaluations", "").evaluation().names());
    assertEquals(
        List.of("knn", "health"), load("attention_every_epochs", "0").evaluation().names());
  }

  @Test
  void aMissingFileHasItsLine(@TempDir Path folder) {
    Path file = folder.resolve("missing.yaml");
    assertMistake("no such file: " + file, () -> TrainConfig.read(file));
  }

  @Test
  void tellsWhatDiffers() {
    TrainConfig before = TrainConfig.defaults();
    TrainConfig after = before.with(Map.of("lr", 0.001, "arch", "vit_tiny"));
    assertEquals(
        List.of("arch: vit_small -> vit_tiny", "lr: 0.0005 -> 0.001"),
        after.differencesFrom(before).stream().map(Object::toString).toList());
    assertEquals(List.of(), after.differencesFrom(after));
  }

  @Test
  void aNetworkOfOnesOwnOverridesTheArch() {
    TrainConfig own =
        TrainConfig.defaults().with(Map.of("embed_dim", 64, "depth", 4, "num_heads", 2));
    assertEquals(new VisionTransformer(16, 64, 4, 2, 224), own.backbone().create(224));
    TrainConfig published = TrainConfig.defaults();
    assertEquals(new VisionTransformer(16, 384, 12, 6, 224), published.backbone().create(224));
  }

  /** main_dino.py: lr · (batch_size_per_gpu · world_size) / 256. */
  @Test
  void theRateIsScaledWithAllPicturesOfAStep() {
    TrainConfig config =
        TrainConfig.defaults().with(Map.of("lr", 0.0005, "batch_size_per_gpu", 64));
    assertEquals(0.000125, config.optimization().scaledLr(1), 1e-12);
    assertEquals(0.002, config.with(Map.of("accumulate", 16)).optimization().scaledLr(1), 1e-12);
  }

  @Test
  void theLastLayerIsFrozenByEpochsOrBySteps() {
    assertEquals(2 * 70, frozenSteps(load("freeze_last_layer", "2")));
    assertEquals(30, frozenSteps(load("freeze_last_layer_steps", "30")));
  }

  private static long frozenSteps(TrainConfig config) {
    return config.objective().frozenSteps(config.length(70));
  }

  private static TrainConfig load(String key, String text) {
    return TrainConfig.load(Optional.empty(), Map.of(key, text));
  }

  private static void assertMistake(String message, Runnable action) {
    Exception e = assertThrows(IllegalArgumentException.class, action::run);
    assertEquals(message, e.getMessage());
  }

  private static Path write(Path folder, String text) throws IOException {
    return Files.writeString(folder.resolve("train.yaml"), text);
  }
}
