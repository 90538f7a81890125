package org.dinojvm.cli.workers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Starts the processes of a run, and again when they were killed or have lost one another. What is
 * to be put right by the user ends it.
 */
final class Supervisor {

  /** Exit codes of processes that a signal ended, or that ask to be started again. */
  private static final int BY_SIGNAL = 128;

  private static final int SIGTERM = 15;

  /** Workers end by themselves when they lose one another; those that do not are ended. */
  private static final int GRACE_SECONDS = 20;

  /** For workers that were asked to stop: they finish their step and save. */
  private static final int STOP_SECONDS = 600;

  private final LaunchedWorkers workers;
  private final int restarts;
  private final List<Process> running = new ArrayList<>();
  private volatile boolean isStopping;

  /**
   * A supervisor.
   *
   * @param restarts how often at most the processes are started again
   */
  Supervisor(LaunchedWorkers workers, int restarts) {
    this.workers = workers;
    this.restarts = restarts;
  }

  /**
   * Runs the processes until the run has ended.
   *
   * @return their exit code
   */
  int run() throws InterruptedException {
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "stop-workers"));
    for (int restart = 0; ; restart++) {
      start();
      int code = exitCode(codes());
      if (code < BY_SIGNAL || isStopping || restart == restarts) {
        return code;
      }
      System.err.printf(
          "dino: ended with code %d; restart %d of %d%n", code, restart + 1, restarts);
    }
  }

  private synchronized void start() {
    running.clear();
    List<ProcessBuilder> commands = workers.commands();
    for (int rank = 0; rank < commands.size(); rank++) {
      try {
        running.add(rank == 0 ? commands.get(0).inheritIO().start() : prefixed(commands, rank));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot start worker " + rank, e);
      }
    }
  }

  private static Process prefixed(List<ProcessBuilder> commands, int rank) throws IOException {
    Process process = commands.get(rank).redirectErrorStream(true).start();
    Thread reader = new Thread(() -> print(process, rank), "output-of-worker-" + rank);
    reader.setDaemon(true);
    reader.start();
    return process;
  }

  private static void print(Process process, int rank) {
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        System.err.println("[worker " + rank + "] " + line);
      }
    } catch (IOException e) {
      System.err.println("[worker " + rank + "] cannot be read any more: " + e.getMessage());
    }
  }

  /** The exit code of each, once all have ended. */
  private List<Integer> codes() throws InterruptedException {
    long failed = 0;
    while (running.stream().anyMatch(Process::isAlive)) {
      boolean anyFailed =
          running.stream().anyMatch(process -> !process.isAlive() && process.exitValue() != 0);
      if (anyFailed && failed == 0) {
        failed = System.nanoTime();
      } else if (anyFailed
          && System.nanoTime() - failed > TimeUnit.SECONDS.toNanos(GRACE_SECONDS)) {
        running.forEach(Process::destroyForcibly);
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    return running.stream().map(Process::exitValue).toList();
  }

  /** The first one that no restart heals, if any; else the first that is not 0. */
  static int exitCode(List<Integer> codes) {
    return codes.stream()
        .filter(code -> code != 0 && code < BY_SIGNAL)
        .findFirst()
        .orElseGet(() -> codes.stream().filter(code -> code != 0).findFirst().orElse(0));
  }

  /** Passes on that this process was asked to end, and waits for what is being saved. */
  private synchronized void stop() {
    isStopping = true;
    running.forEach(Process::destroy);
    try {
      for (Process process : running) {
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      }
    } catch (InterruptedException e) {
      running.forEach(Process::destroyForcibly);
    }
  }

  /** Ends this process when the one that started it is gone, so that no worker is left over. */
  static void followSupervisor() {
    String pid = System.getProperty(LaunchedWorkers.SUPERVISOR);
    if (pid != null) {
      Thread watch =
          new Thread(
              () -> {
                ProcessHandle.of(Long.parseLong(pid))
                    .ifPresent(supervisor -> supervisor.onExit().join());
                Runtime.getRuntime().halt(BY_SIGNAL + SIGTERM);
              },
              "supervisor-watch");
      watch.setDaemon(true);
      watch.start();
    }
  }
}
