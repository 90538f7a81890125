package org.dinojvm.cli.console;

import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.PrintWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.TrainingListener;

/**
 * Turns the signals that ask a process to end into the request to save and stop. The first one lets
 * the step finish, unless that takes unusually long: a step that waits for a disk that is gone may
 * never end. A second one ends the process at once. Only from the run's first step to its last:
 * before and after there is nothing to lose.
 *
 * <p>Java's own shutdown hooks do not serve: a second Ctrl-C would be ignored, and the process
 * might end while TensorFlow's threads still write. {@code sun.misc.Signal} is part of every JDK
 * but not of Java's specification, and is used by reflection because the compiler warns of it.
 * Where it is missing, signals end the process as ever.
 */
public final class StopSignals implements TrainingListener {

  /** Numbers as POSIX has them on every system, by name. */
  private static final ImmutableMap<String, Integer> NUMBERS =
      ImmutableMap.of("HUP", 1, "INT", 2, "TERM", 15);

  /** What a shell adds to a signal's number to make the exit code. */
  private static final int BY_SIGNAL = 128;

  private static final String PREFIX = "SIG";

  /** The exit code of a program that failed. */
  private static final int FAILURE = 1;

  /** How long a step may take after a signal, beside three times the longest one so far. */
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static final int TIMES_THE_LONGEST = 3;

  private final PrintWriter out;
  private final Duration limit;
  private final IntConsumer end;
  private final Map<String, Object> before = new LinkedHashMap<>();
  private volatile String received;

  /** When the step that is running began, in nanoseconds; empty between steps. */
  private volatile OptionalLong stepBegan = OptionalLong.empty();

  private volatile long longestStep;

  public StopSignals(PrintWriter out) {
    this(out, LIMIT, Runtime.getRuntime()::halt);
  }

  /**
   * With what differs in tests.
   *
   * @param limit to a step after a signal
   * @param end ends the process with an exit code
   */
  public StopSignals(PrintWriter out, Duration limit, IntConsumer end) {
    this.out = out;
    this.limit = limit;
    this.end = end;
  }

  /** The exit code of a process that was asked to end: 130 for SIGINT, 143 for SIGTERM. */
  public static int exitCode(String reason) {
    Integer number = reason.startsWith(PREFIX) ? NUMBERS.get(reason.substring(3)) : null;
    return number == null ? FAILURE : BY_SIGNAL + number;
  }

  @Override
  public void started(RunSummary run, long step, long steps) {
    if (step < steps) {
      NUMBERS.keySet().forEach(this::handle);
    }
  }

  /** Asked before each step: where nothing was received, one begins. */
  @Override
  public Optional<String> stopRequested() {
    stepBegan = received == null ? OptionalLong.of(System.nanoTime()) : OptionalLong.empty();
    return Optional.ofNullable(received).map(name -> PREFIX + name);
  }

  @Override
  public void stepped(StepRecord step) {
    stepBegan.ifPresent(begin -> longestStep = Math.max(longestStep, System.nanoTime() - begin));
    stepBegan = OptionalLong.empty();
  }

  @Override
  public void close() {
    before.forEach(StopSignals::install);
    before.clear();
  }

  private void handle(String name) {
    InvocationHandler handler =
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "handle" -> received(name);
              case "equals" -> proxy == arguments[0];
              case "hashCode" -> System.identityHashCode(proxy);
              default -> name;
            };
    install(name, handler).ifPresent(old -> before.put(name, old));
  }

  private Object received(String name) {
    if (received != null) {
      end.accept(exitCode(PREFIX + name));
      return null;
    }
    received = name;
    Thread watch = new Thread(() -> endLongStep(name), "stop-signals");
    watch.setDaemon(true);
    watch.start();
    out.printf(
        "%nSIG%s: finishing the step, then saving; once more stops at once, without saving%n",
        name);
    out.flush();
    return null;
  }

  /** Waits for the running step's end, within limits; what follows a step may take its time. */
  private void endLongStep(String name) {
    long begin = System.nanoTime();
    long most = Math.max(limit.toNanos(), TIMES_THE_LONGEST * longestStep);
    while (stepBegan.isPresent()) {
      if (System.nanoTime() - begin > most) {
        out.printf(
            "%nSIG%s: the step has not ended for %d s, as where a disk does not answer: stopping"
                + " without it; the last checkpoint is whole%n",
            name, TimeUnit.NANOSECONDS.toSeconds(most));
        out.flush();
        end.accept(exitCode(PREFIX + name));
        return;
      }
      Uninterruptibles.sleepUninterruptibly(Duration.ofMillis(100));
    }
  }

  private static Optional<Object> install(String name, InvocationHandler handler) {
    try {
      Class<?> type = Class.forName("sun.misc.SignalHandler");
      return install(
          name, Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    }
  }

  /** Answers the handler before, or nothing where the system has no such signal. */
  private static Optional<Object> install(String name, Object handler) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Object of = signal.getConstructor(String.class).newInstance(name);
      return Optional.of(
          signal
              .getMethod("handle", signal, Class.forName("sun.misc.SignalHandler"))
              .invoke(null, of, handler));
    } catch (ReflectiveOperationException e) {
      return Optional.empty();
    }
  }
}
