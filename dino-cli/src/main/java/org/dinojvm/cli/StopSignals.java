package org.dinojvm.cli;

import com.google.common.collect.ImmutableMap;
import java.io.PrintWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.TrainingListener;

/**
 * Turns the signals that ask a process to end into the request to save and stop. The first one lets
 * the step finish; a second one ends the process at once. Only from the run's first step to its
 * last: before and after there is nothing to lose.
 *
 * <p>Java's own shutdown hooks do not serve: a second Ctrl-C would be ignored, and the process
 * might end while TensorFlow's threads still write. {@code sun.misc.Signal} is part of every JDK
 * but not of Java's specification, and is used by reflection because the compiler warns of it.
 * Where it is missing, signals end the process as ever.
 */
final class StopSignals implements TrainingListener {

  /** Numbers as POSIX has them on every system, by name. */
  private static final ImmutableMap<String, Integer> NUMBERS =
      ImmutableMap.of("HUP", 1, "INT", 2, "TERM", 15);

  /** What a shell adds to a signal's number to make the exit code. */
  private static final int BY_SIGNAL = 128;

  private static final String PREFIX = "SIG";

  private final PrintWriter out;
  private final Map<String, Object> before = new LinkedHashMap<>();
  private volatile String received;

  StopSignals(PrintWriter out) {
    this.out = out;
  }

  /** The exit code of a process that was asked to end: 130 for SIGINT, 143 for SIGTERM. */
  static int exitCode(String reason) {
    Integer number = reason.startsWith(PREFIX) ? NUMBERS.get(reason.substring(3)) : null;
    return number == null ? Errors.FAILURE : BY_SIGNAL + number;
  }

  @Override
  public void started(RunSummary run, long step, long steps) {
    if (step < steps) {
      NUMBERS.keySet().forEach(this::handle);
    }
  }

  @Override
  public Optional<String> stopRequested() {
    return Optional.ofNullable(received).map(name -> PREFIX + name);
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
      Runtime.getRuntime().halt(exitCode(PREFIX + name));
    }
    received = name;
    out.printf(
        "%nSIG%s: finishing the step, then saving; once more stops at once, without saving%n",
        name);
    out.flush();
    return null;
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
