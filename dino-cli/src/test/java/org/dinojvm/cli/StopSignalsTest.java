package org.dinojvm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.awt.Color;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.dinojvm.cli.console.StopSignals;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.PlainViews;
import org.dinojvm.train.MicroRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
  @CsvSource({"TERM, 15, 143", "INT, 2, 130"})
  @Timeout(300) // a signal that does not arrive would leave it training
  void aSignalSavesAndTellsHowToGoOn(String signal, int number, int exitCode) throws Exception {
    assumeFalse(isIgnored(number), "whoever started the tests has SIG" + signal + " ignored");
    Path pictures = directory.resolve("my pictures");
    for (int i = 0; i < 8; i++) {
      PictureFiles.disc(pictures.resolve(i + ".png"), Color.RED, 40, 30);
    }
    Path run = directory.resolve("run");
    Path recipe =
        Files.writeString(
            directory.resolve("micro.yaml"),
            MicroRun.config(pictures, run).with(PlainViews.NO_AUGMENTATIONS).toYaml());
    StringWriter err = new StringWriter();
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    Thread user = new Thread(() -> signalAfterSomeSteps(run.resolve("log.jsonl"), signal));
    user.start();

    String[] arguments = {"train", "--config", recipe.toString(), "--epochs=100000"};
    int code =
        Dino.commands(
                (config, team, more) -> Training.run(config, team, more, directory, nowhere), false)
            .setErr(new PrintWriter(err, true))
            .execute(arguments);

    user.join();
    assertEquals(exitCode, code, err::toString);
    String expected =
        "dino: SIG%s: stopped after step (\\d+) of 100000, saved in %s/checkpoints/step-0*\\1; go on"
            + " with: ./dino train --config %s --epochs=100000\\R";
    assertTrue(err.toString().matches(expected.formatted(signal, run, recipe)), err::toString);
  }

  /** As one that waits for a disk that is gone. */
  @Test
  @Timeout(60)
  void aStepThatDoesNotEndIsNotWaitedFor() throws Exception {
    assumeFalse(isIgnored(15), "whoever started the tests has SIGTERM ignored");
    StringWriter out = new StringWriter();
    CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    try (StopSignals signals =
        new StopSignals(new PrintWriter(out), Duration.ofMillis(300), exitCode::complete)) {
      startedStep(signals);
      signal("TERM");
      assertEquals(143, exitCode.get());
      assertTrue(out.toString().contains("SIGTERM: the step has not ended for "), out::toString);
    }
  }

  /** Nor is there a limit to saving, or to an evaluation. */
  @Test
  @Timeout(60)
  void aSecondSignalEndsTheProcessAndAFirstOneNotBetweenSteps() throws Exception {
    assumeFalse(isIgnored(15), "whoever started the tests has SIGTERM ignored");
    CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    try (StopSignals signals = new StopSignals(nowhere, Duration.ofMillis(1), exitCode::complete)) {
      startedStep(signals);
      signals.stepped(null); // whatever it was
      signal("TERM");
      while (signals.stopRequested().isEmpty()) {
        signals.stepped(null);
        Thread.sleep(10);
      }
      Thread.sleep(300);
      assertFalse(exitCode.isDone());
      signal("TERM");
      assertEquals(143, exitCode.get());
    }
  }

  private static void startedStep(StopSignals signals) {
    signals.started(null, 0, 1); // whatever run
    assertEquals(Optional.empty(), signals.stopRequested());
  }

  private static void signal(String name) throws IOException, InterruptedException {
    long self = ProcessHandle.current().pid();
    new ProcessBuilder("kill", "-" + name, Long.toString(self)).start().waitFor();
  }

  /** What a shell script starts with & ignores SIGINT, and Java leaves it so. */
  private static boolean isIgnored(int number) throws IOException {
    Path status = Path.of("/proc/self/status"); // elsewhere than on Linux nobody knows
    return Files.exists(status)
        && Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .map(line -> line.substring("SigIgn:".length()).strip())
            .anyMatch(mask -> (Long.parseUnsignedLong(mask, 16) >> (number - 1) & 1) == 1);
  }

  private static void signalAfterSomeSteps(Path log, String signal) {
    try {
      while (!Files.exists(log) || Files.size(log) == 0) {
        Thread.sleep(20);
      }
      signal(signal);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
