package org.dinojvm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dinojvm.eval.EvaluationEntry;
import org.dinojvm.eval.Evaluations;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.train.cluster.Team;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.run.TrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DinoTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<TrainConfig> trained = new ArrayList<>();

  private int run(Train.Job job, boolean debug, String... args) {
    return Dino.commands(job, debug)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  private int run(String commandLine) {
    List<String> words = Splitter.on(' ').splitToList(commandLine);
    return run((config, team, more) -> trained.add(config), false, words.toArray(String[]::new));
  }

  /** The command line of the published ViT-S/16 run of 800 epochs, as it stands in its README. */
  @Test
  void thePublishedCommandLineWorks() {
    assertEquals(
        0,
        run(
            "train --arch vit_small --patch_size 16 --out_dim 65536 --norm_last_layer false"
                + " --warmup_teacher_temp 0.04 --teacher_temp 0.07 --warmup_teacher_temp_epochs 30"
                + " --use_fp16 false --weight_decay 0.04 --weight_decay_end 0.4 --clip_grad 0"
                + " --batch_size_per_gpu 64 --epochs 800 --freeze_last_layer 1 --lr 0.0005"
                + " --warmup_epochs 10 --min_lr 1e-05 --global_crops_scale 0.25 1.0"
                + " --local_crops_scale 0.05 0.25 --local_crops_number 10 --seed 0"
                + " --num_workers 10 --optimizer adamw --momentum_teacher 0.996"
                + " --use_bn_in_head false --drop_path_rate 0.1 --data_path X --output_dir Y"));
    assertEquals("", err.toString());
    TrainConfig expected =
        TrainConfig.defaults()
            .with(Map.of("norm_last_layer", false, "teacher_temp", 0.07, "use_fp16", false))
            .with(Map.of("epochs", 800, "warmup_teacher_temp_epochs", 30, "clip_grad", 0.0))
            .with(Map.of("global_crops_scale", "0.25 1.0", "local_crops_scale", "0.05 0.25"))
            .with(Map.of("min_lr", 1e-5, "local_crops_number", 10, "num_workers", 10))
            .with(Map.of("data_path", "X", "output_dir", "Y"));
    assertEquals(List.of(expected), trained);
  }

  @Test
  void everySettingIsAnOption() {
    for (SettingKey key : TrainConfig.defaults().settings().keys()) {
      if (key.key().equals("init")) {
        continue; // must be a file of weights, which the configuration is read from, too
      }
      boolean anyText = key.type() == String.class && key.choices().isEmpty();
      String value = anyText ? "x" : key.defaultText();
      List<String> words = new ArrayList<>(List.of("train", "--data=y", "--" + key.key()));
      words.addAll(Splitter.on(' ').splitToList(value));
      if (key.key().equals("data_path")) {
        words.remove("--data=y");
      } else if (key.key().equals("eval_val") || key.key().equals("eval_train")) {
        words.add(key.key().equals("eval_val") ? "--eval_train=y" : "--eval_val=y");
      }
      assertEquals(
          0,
          run((config, team, more) -> trained.add(config), false, words.toArray(String[]::new)),
          err::toString);
      assertEquals(
          key.parse(value, ""),
          TrainConfig.defaults().settings().entries(trained.get(trained.size() - 1)).get(key));
    }
  }

  @Test
  void valuesFollowAnEqualsSignTooAndNamesHaveAliases() {
    assertEquals(0, run("train --data=a --output=b --seed=-7 --local_crops_scale=0.1,0.3"));
    TrainConfig config = trained.get(0);
    assertEquals("a", config.run().dataPath());
    assertEquals("b", config.run().outputDir());
    assertEquals(-7, config.run().seed());
    assertEquals(0.3, config.views().crops().localCropsScale().high());
  }

  @Test
  void valuesMayLookLikeOptions() {
    assertEquals(0, run("train --data @folder --output -folder --seed -7"));
    TrainConfig config = trained.get(0);
    assertEquals("@folder", config.run().dataPath());
    assertEquals("-folder", config.run().outputDir());
    assertEquals(-7, config.run().seed());
  }

  @Test
  void optionsOverrideTheFile(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("a b.yaml"), "arch: vit_tiny\nepochs: 30\n");
    assertEquals(
        0,
        run(
            (config, team, more) -> trained.add(config),
            false,
            "train",
            "--config",
            file.toString(),
            "--data",
            "c d",
            "--epochs",
            "40"));
    assertEquals("vit_tiny", trained.get(0).backbone().arch());
    assertEquals(40, trained.get(0).optimization().epochs());
    assertEquals("c d", trained.get(0).run().dataPath());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train | data_path is missing: say where the pictures are, --data DIR",
        "train --data d --patchsize 8 | unknown option '--patchsize'; did you mean '--patch_size'?",
        "train --data d --patch-size=8 | unknown option '--patch-size'; did you mean"
            + " '--patch_size'?",
        "train --data d --patch_size 15 | global_crops_size = 224: must be a multiple of patch_size"
            + " = 15; use 210 or 225",
        "train --data d --lr | missing required parameter for option '--lr' (N)",
        "train --data d --lr x | lr = 'x' on the command line: expected a number",
        "train --data d --lr 1 --lr 2 | lr = '1 2' on the command line: expected a number",
        "train --data d stray | 'stray' belongs to no option",
        "train --data d --global_crops_scale 0.4 | global_crops_scale = '0.4' on the command line:"
            + " expected 2 numbers, e.g. 0.4 1.0",
        "train --config none.yaml | no such file: none.yaml",
        "trian | unknown command 'trian'; did you mean 'train'?; dino --help lists them all",
        "evaluate unifomity --model m | unknown command 'unifomity'; did you mean 'uniformity'?;"
            + " dino evaluate --help lists them all",
        "evaluate knn --model m | missing required option: '--train=DIR'",
        "evaluate knn --model m --train t --temprature 1 | unknown option '--temprature'; did you mean"
            + " '--temperature'?",
        "evaluate knn --k x --model m --train t | k = 'x' on the command line: expected whole"
            + " numbers, e.g. 10,20,100,200",
        "--verion | unknown option '--verion'; did you mean '--version'?",
      })
  void aMistakeIsOneLineAndExitCode2(String commandLine, String message) {
    assertEquals(2, run(commandLine));
    assertEquals("dino: " + message + System.lineSeparator(), err.toString());
    assertEquals("", out.toString());
  }

  @Test
  void anotherFailureIsOneLineAndExitCode1() {
    assertEquals(1, run(DinoTest::fail, false, "train", "--data", "d"));
    assertEquals(
        "dino: disk full; run again with DINO_DEBUG=1 for the stack trace" + System.lineSeparator(),
        err.toString());
  }

  @Test
  void debuggingShowsTheStackTrace() {
    assertEquals(1, run(DinoTest::fail, true, "train", "--data", "d"));
    assertTrue(err.toString().startsWith("dino: disk full" + System.lineSeparator()));
    assertTrue(err.toString().contains("at org.dinojvm.cli.DinoTest.fail"));
  }

  @Test
  void anErrorOfTheMachineIsReportedToo() {
    Train.Job withoutNatives =
        (config, team, more) -> {
          throw new UnsatisfiedLinkError("no jnitensorflow");
        };
    assertEquals(1, run(withoutNatives, false, "train", "--data", "d"));
    assertTrue(
        err.toString().startsWith("dino: UnsatisfiedLinkError: no jnitensorflow; run again"));
  }

  private static void fail(TrainConfig config, Team team, List<TrainingListener> more)
      throws IOException {
    throw new IOException("disk full\nand a second line");
  }

  @Test
  void helpListsTheCommands() {
    assertEquals(0, run("--help"));
    assertTrue(
        out.toString().matches("(?s).*  train +Train a network on a folder of pictures.*"),
        out::toString);
  }

  @Test
  void helpOfEvaluateListsTheEvaluationsOnTheClassPath() {
    assertEquals(0, run("evaluate --help"));
    String help = out.toString().replaceAll("\\s+", " ");
    for (EvaluationEntry entry : Evaluations.all()) {
      assertTrue(help.contains(" %s %s.".formatted(entry.name(), entry.description())), help);
    }
    assertTrue(out.toString().contains("uniformity"), "the one of these tests");
  }

  @Test
  void helpOfAnEvaluationExplainsItsSettings() {
    for (EvaluationEntry entry : Evaluations.all()) {
      out.getBuffer().setLength(0);
      assertEquals(0, run("evaluate " + entry.name() + " --help"));
      String help = out.toString().replaceAll("\\s+", " ");
      assertTrue(help.contains(entry.description() + "."), help);
      for (SettingKey key : entry.settings().keys()) {
        assertTrue(help.contains("--" + key.key()), help);
        assertTrue(help.contains(key.doc()), help);
        assertTrue(help.contains("default " + key.defaultText()), help);
      }
    }
  }

  @Test
  void helpOfTrainExplainsEverySetting() {
    assertEquals(0, run("train --help"));
    String help = out.toString().replaceAll("\\s+", " ");
    for (SettingKey key : TrainConfig.defaults().settings().keys()) {
      assertTrue(help.contains("--" + key.key()), key.key());
      assertTrue(help.contains(key.doc()), key.doc());
      assertTrue(help.contains("default " + key.defaultText()) || key.defaultText().isEmpty());
      assertTrue(help.contains(key.heading() + ":"));
    }
    assertTrue(help.contains("(pixels; default 16; main_dino.py)"), help);
  }

  @Test
  void versionIsThatOfTheBuild() {
    assertEquals(0, run("--version"));
    assertTrue(
        out.toString().matches("dino \\d+\\.\\S+ \\(TensorFlow for Java 1\\..*\\)\\R"),
        out::toString);
  }

  @Test
  void theProgramReturnsItsExitCode() {
    assertEquals(0, Dino.run("--version"));
  }
}
