package org.dinojvm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dinojvm.eval.PictureFiles;
import org.dinojvm.train.MicroRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real signals, sent to the process that runs the tests while it trains. */
@DisabledOnOs(OS.WINDOWS)
class StopSignalsTest {

  @TempDir Path directory;

  @Test
  void exitCodesAreThoseOfTheShell() {
    assertEquals(130, StopSignals.exitCode("SIGINT"));
    assertEquals(143, StopSignals.exitCode("SIGTERM"));
    assertEquals(129, StopSignals.exitCode("SIGHUP"));
    assertEquals(1, StopSignals.exitCode("the weather"));
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130"})
  void aSignalSavesAndTellsHowToGoOn(String signal, int exitCode) throws Exception {
    Path pictures = directory.resolve("my pictures");
    for (int i = 0; i < 8; i++) {
      PictureFiles.disc(pictures.resolve(i + ".png"), Color.RED, 40, 30);
    }
    Path run = directory.resolve("run");
    Path recipe =
        Files.writeString(directory.resolve("micro.yaml"), MicroRun.config(pictures, run).toYaml());
    StringWriter err = new StringWriter();
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    Thread user = new Thread(() -> signalAfterSomeSteps(run.resolve("log.jsonl"), signal));
    user.start();

    String[] arguments = {"train", "--config", recipe.toString(), "--epochs=100000"};
    int code =
        Dino.commands(config -> Training.run(config, directory, nowhere), false)
            .setErr(new PrintWriter(err, true))
            .execute(arguments);

    user.join();
    assertEquals(exitCode, code, err::toString);
    String expected =
        "dino: SIG%s: stopped after step (\\d+) of 100000, saved in %s/checkpoints/step-0*\\1; go on"
            + " with: ./dino train --config %s --epochs=100000\\R";
    assertTrue(err.toString().matches(expected.formatted(signal, run, recipe)), err::toString);
  }

  private static void signalAfterSomeSteps(Path log, String signal) {
    try {
      while (!Files.exists(log) || Files.size(log) == 0) {
        Thread.sleep(20);
      }
      long self = ProcessHandle.current().pid();
      new ProcessBuilder("kill", "-" + signal, Long.toString(self)).start().waitFor();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
