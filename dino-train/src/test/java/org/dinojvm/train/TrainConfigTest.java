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
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.augment.Interpolation;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.serve.Precision;
import org.dinojvm.serve.ServedNetwork.Network;
import org.dinojvm.settings.Range;
import org.dinojvm.settings.Rgb;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.objective.Dino;
import org.dinojvm.train.objective.DinoV2;
import org.dinojvm.train.optimizer.Clipping;
import org.dinojvm.train.optimizer.Optimizer;
import org.dinojvm.train.optimizer.RateScaling;
import org.dinojvm.train.schedule.WarmUp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class TrainConfigTest {

  /** A setting's default and some other value, written once more and independently. */
  private record Expected(String key, Object byDefault, Object other) {}

  private static final List<Expected> EXPECTED =
      List.of(
          new Expected("arch", "vit_small", "vit_base"),
          new Expected("patch_size", 16, 8),
          new Expected("embed_dim", 0, 192),
          new Expected("depth", 0, 6),
          new Expected("num_heads", 0, 4),
          new Expected("drop_path_rate", 0.1, 0.0),
          new Expected("stem", "auto", "convolutional"),
          new Expected("registers", -1, 4),
          new Expected("layer_scale", -1.0, 1e-5),
          new Expected("ffn", "auto", "swiglu"),
          new Expected("ffn_dim", 0, 512),
          new Expected("positions", "auto", "antialiased"),
          new Expected("qkv_bias", "auto", "none"),
          new Expected("final_norms", "auto", "untied"),
          new Expected("mask_token", "auto", "held"),
          new Expected("norm_epsilon", 0.0, 1e-5),
          new Expected("method", "dino", "dino"),
          new Expected("out_dim", 65536, 1024),
          new Expected("norm_last_layer", true, false),
          new Expected("use_bn_in_head", false, true),
          new Expected("head_hidden_dim", 2048, 512),
          new Expected("head_bottleneck_dim", 256, 128),
          new Expected("student_temp", 0.1, 0.2),
          new Expected("warmup_teacher_temp", 0.04, 0.02),
          new Expected("teacher_temp", 0.04, 0.07),
          new Expected("warmup_teacher_temp_epochs", 0, 30),
          new Expected("center_momentum", 0.9, 0.8),
          new Expected("momentum_teacher", 0.996, 0.9995),
          new Expected("balancing", DinoV2.Balancing.CENTERING, DinoV2.Balancing.SINKHORN_KNOPP),
          new Expected("teacher_kind", Dino.TeacherKind.MOMENTUM, Dino.TeacherKind.COPY),
          new Expected("optimizer", Optimizer.ADAMW, Optimizer.LARS),
          new Expected("batch_size_per_gpu", 64, 32),
          new Expected("accumulate", 1, 16),
          new Expected("epochs", 100, 300),
          new Expected("epoch_length", 0, 50),
          new Expected("lr", 0.0005, 0.00075),
          new Expected("warmup_epochs", 10, 5),
          new Expected("min_lr", 1e-6, 1e-5),
          new Expected("weight_decay", 0.04, 0.1),
          new Expected("weight_decay_end", 0.4, 0.3),
          new Expected("clip_grad", 3.0, 0.0),
          new Expected("clip_mode", Clipping.PER_TENSOR, Clipping.GLOBAL_NORM),
          new Expected("decay_all", false, true),
          new Expected("warmup_end", WarmUp.INCLUSIVE, WarmUp.EXCLUSIVE),
          new Expected("min_lr_share", 0.0, 0.001),
          new Expected("lr_scaling", RateScaling.LINEAR, RateScaling.SQUARE_ROOT),
          new Expected("beta2", 0.999, 0.95),
          new Expected("layer_decay", 1.0, 0.75),
          new Expected("patch_embed_lr_mult", 1.0, 0.2),
          new Expected("freeze_blocks", 0, 2),
          new Expected("freeze_last_layer", 1, 2),
          new Expected("freeze_last_layer_steps", 0, 30),
          new Expected("precision", Precision.FLOAT32, Precision.BF16),
          new Expected("use_fp16", true, false),
          new Expected("fuse", true, false),
          new Expected("recompute", false, true),
          new Expected("global_crops_size", 224, 64),
          new Expected("global_crops_scale", new Range(0.4, 1), new Range(0.25, 0.9)),
          new Expected("global_crops_number", 2, 2),
          new Expected("local_crops_number", 8, 10),
          new Expected("local_crops_size", 96, 32),
          new Expected("local_crops_scale", new Range(0.05, 0.4), new Range(0.1, 0.25)),
          new Expected("crop_ratio", new Range(0.75, 1.3333), new Range(0.5, 2)),
          new Expected("interpolation", Interpolation.BICUBIC, Interpolation.BILINEAR),
          new Expected("flip_probability", 0.5, 0.0),
          new Expected("jitter_probability", 0.8, 0.7),
          new Expected("brightness", 0.4, 0.3),
          new Expected("contrast", 0.4, 0.35),
          new Expected("saturation", 0.2, 0.15),
          new Expected("hue", 0.1, 0.05),
          new Expected("grayscale_probability", 0.2, 0.25),
          new Expected("blur_probability_global1", 1.0, 0.9),
          new Expected("blur_probability_global2", 0.1, 0.2),
          new Expected("blur_probability_local", 0.5, 0.4),
          new Expected("blur_radius", new Range(0.1, 2), new Range(0.1, 1)),
          new Expected("solarize_probability", 0.2, 0.1),
          new Expected("solarize_probability_global1", 0.0, 0.1),
          new Expected("mean", new Rgb(0.485, 0.456, 0.406), new Rgb(0.5, 0.6, 0.7)),
          new Expected("std", new Rgb(0.229, 0.224, 0.225), new Rgb(0.1, 0.2, 0.3)),
          new Expected("data_path", "", "/pictures of: ünï 'code', [1, 2] #3"),
          new Expected("max_skipped", 0.5, 0.0),
          new Expected("output_dir", ".", "runs/first"),
          new Expected("init", "", "weights.pth"),
          new Expected("seed", 0L, -12345678901L),
          new Expected("extend", false, true),
          new Expected("saveckp_freq", 20, 0),
          new Expected("checkpoint_every_steps", 0, 500),
          new Expected("keep_checkpoints", 3, 1),
          new Expected("log_every_steps", 10, 1),
          new Expected("tensorboard", true, false),
          new Expected("threads", 0, 1),
          new Expected("parallel_ops", 0, 1),
          new Expected("num_workers", 0, 10),
          new Expected("dist_url", "env://", "tcp://host:1"),
          new Expected("local_rank", 0, 1),
          new Expected("eval_resize_size", 256, 72),
          new Expected("eval_crop_size", 224, 64),
          new Expected("eval_fit", EvalView.Fit.CROP, EvalView.Fit.SQUASH),
          new Expected("eval_interpolation", Interpolation.BICUBIC, Interpolation.BILINEAR),
          new Expected("evaluated_network", Network.TEACHER, Network.STUDENT),
          new Expected("evaluations", "knn, health, attention", "knn"),
          new Expected("eval_train", "", "yes"),
          new Expected("eval_val", "", "1e3"),
          new Expected("eval_every_epochs", 10, 1),
          new Expected("attention_every_epochs", 10, 0));

  private static ImmutableMap<String, Object> otherValues() {
    return EXPECTED.stream().collect(ImmutableMap.toImmutableMap(Expected::key, Expected::other));
  }

  private static Map<String, Object> values(TrainConfig config) {
    return TrainConfig.defaults().settings().entries(config).entrySet().stream()
        .collect(ImmutableMap.toImmutableMap(entry -> entry.getKey().key(), Map.Entry::getValue));
  }

  @Test
  void everyDefaultIsThePublishedOne() {
    assertEquals(
        EXPECTED.stream().collect(ImmutableMap.toImmutableMap(Expected::key, Expected::byDefault)),
        values(TrainConfig.defaults()));
  }

  @Test
  void everySettingIsReadFromText() {
    Map<String, String> texts = Maps.transformValues(otherValues(), SettingKey::text);
    assertEquals(otherValues(), values(TrainConfig.load(Optional.empty(), texts)));
  }

  @Test
  void yamlReadsBackEqual(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("config.yaml");
    for (TrainConfig config :
        List.of(TrainConfig.defaults(), TrainConfig.defaults().with(otherValues()))) {
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
