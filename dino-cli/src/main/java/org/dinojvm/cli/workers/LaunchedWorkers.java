package org.dinojvm.cli.workers;

import com.google.common.base.Splitter;
import com.google.common.base.Strings;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The processes that a supervisor starts: this program once more, with other arguments.
 *
 * @param arguments of the program, without those for the supervisor
 * @param local how many there are on this machine; none for one process, which is what its
 *     arguments and environment make it
 */
record LaunchedWorkers(ImmutableList<String> arguments, Optional<Integer> local) {

  private static final String PROGRAM = "org.dinojvm.cli.Dino";
  private static final String GPUS = "CUDA_VISIBLE_DEVICES";

  /** The system property by which a process knows who started it. */
  static final String SUPERVISOR = "dino.supervisor";

  /** One process with the same arguments. */
  static LaunchedWorkers same(List<String> arguments) {
    return new LaunchedWorkers(forWorkers(arguments), Optional.empty());
  }

  /** Several with the same arguments, which train together. */
  static LaunchedWorkers local(List<String> arguments, int workers) {
    return new LaunchedWorkers(forWorkers(arguments), Optional.of(workers));
  }

  private static ImmutableList<String> forWorkers(List<String> arguments) {
    ImmutableList.Builder<String> kept = ImmutableList.builder();
    for (Iterator<String> words = arguments.iterator(); words.hasNext(); ) {
      String word = words.next();
      String option = Splitter.on('=').split(word).iterator().next();
      if (!option.equals(WorkerOptions.LOCAL_WORKERS) && !option.equals(WorkerOptions.RESTART)) {
        kept.add(word);
      } else if (option.equals(word)) {
        words.next(); // its value
      }
    }
    return kept.build();
  }

  /** How many processes there are. */
  int count() {
    return local.orElse(1);
  }

  /** The command of each process; local ones listen on ports that are free now. */
  List<ProcessBuilder> commands() {
    List<Integer> ports = local.map(LaunchedWorkers::freePorts).orElse(List.of());
    return IntStream.range(0, count()).mapToObj(rank -> command(rank, ports)).toList();
  }

  private ProcessBuilder command(int rank, List<Integer> ports) {
    List<String> words = new ArrayList<>();
    // Ctrl-C on a terminal would reach the processes beside their supervisor, which passes it on.
    program("setsid").ifPresent(words::add);
    words.addAll(pinned(rank));
    words.addAll(java());
    words.addAll(arguments);
    if (local.isPresent()) {
      List<String> addresses = ports.stream().map(port -> "127.0.0.1:" + port).toList();
      words.addAll(
          List.of("--workers", String.join(",", addresses), "--worker", Integer.toString(rank)));
    }
    ProcessBuilder command = new ProcessBuilder(words);
    gpu(rank).ifPresent(gpu -> command.environment().put(GPUS, gpu));
    return command;
  }

  private static List<String> java() {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    words.add("-D" + SUPERVISOR + "=" + ProcessHandle.current().pid());
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), PROGRAM));
    return words;
  }

  private static List<Integer> freePorts(int count) {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0));
      }
      List<Integer> ports = sockets.stream().map(ServerSocket::getLocalPort).toList();
      for (ServerSocket socket : sockets) {
        socket.close();
      }
      return ports;
    } catch (IOException e) {
      throw new UncheckedIOException("no free ports for " + count + " workers", e);
    }
  }

  /** A part of the cores for each worker, where there are as many cores. */
  private List<String> pinned(int rank) {
    Optional<String> taskset = program("taskset");
    List<Integer> cores = allowedCores();
    if (count() == 1 || taskset.isEmpty() || cores.size() < count()) {
      return List.of();
    }
    int from = rank * cores.size() / count();
    int to = (rank + 1) * cores.size() / count();
    List<String> own =
        cores.subList(from, to).stream().map(core -> Integer.toString(core)).toList();
    return List.of(taskset.get(), "-c", String.join(",", own));
  }

  /** The cores that this process may run on, as Linux knows them. */
  private static List<Integer> allowedCores() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("Cpus_allowed_list:"))
          .findFirst()
          .map(line -> ranges(line.substring(line.indexOf(':') + 1).trim()))
          .orElse(List.of());
    } catch (IOException e) {
      return List.of(); // not Linux
    }
  }

  /** Numbers written as 0-3,8. */
  static List<Integer> ranges(String text) {
    List<Integer> numbers = new ArrayList<>();
    for (String part : Splitter.on(',').split(text)) {
      List<String> ends = Splitter.on('-').splitToList(part);
      int last = Integer.parseInt(ends.get(ends.size() - 1));
      for (int number = Integer.parseInt(ends.get(0)); number <= last; number++) {
        numbers.add(number);
      }
    }
    return numbers;
  }

  /** A GPU of its own for each worker, where there are as many. */
  private Optional<String> gpu(int rank) {
    String visible = Strings.nullToEmpty(System.getenv(GPUS));
    List<String> gpus =
        visible.isEmpty() ? devices() : Splitter.on(',').trimResults().splitToList(visible);
    return count() > 1 && gpus.size() >= count() ? Optional.of(gpus.get(rank)) : Optional.empty();
  }

  private static List<String> devices() {
    List<String> devices = new ArrayList<>();
    while (Files.exists(Path.of("/dev/nvidia" + devices.size()))) {
      devices.add(Integer.toString(devices.size()));
    }
    return devices;
  }

  private static Optional<String> program(String name) {
    return Splitter.on(':')
        .splitToStream(Strings.nullToEmpty(System.getenv("PATH")))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst();
  }
}
