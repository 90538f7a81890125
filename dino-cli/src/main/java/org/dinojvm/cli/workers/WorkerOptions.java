package org.dinojvm.cli.workers;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Strings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.dinojvm.train.cluster.Cluster;
import org.dinojvm.train.cluster.Limits;
import org.dinojvm.train.cluster.Team;
import picocli.CommandLine.Option;

/** Which processes train together: a mixin for commands that train. */
public final class WorkerOptions {

  static final String LOCAL_WORKERS = "--local_workers";
  static final String RESTART = "--restart";
  private static final String TF_CONFIG = "TF_CONFIG";

  @Option(
      names = "--workers",
      paramLabel = "HOST:PORT,…",
      description =
          "Several machines: the workers' addresses, the same list in the same order on each. The"
              + " first one saves, logs and evaluates. Without it, TF_CONFIG in the environment says"
              + " so, if it is set. See docs/distributed.md.")
  private String workers;

  @Option(
      names = "--worker",
      paramLabel = "N",
      description = "Which of --workers this process is, from 0.")
  private Integer worker;

  @Option(
      names = LOCAL_WORKERS,
      paramLabel = "N",
      description =
          "Trains by so many processes on this machine, each with its part of the cores, or a GPU"
              + " of its own where there are as many.")
  private Integer localWorkers;

  @Option(
      names = RESTART,
      paramLabel = "N",
      description =
          "Starts the run's process again, up to so many times, when it is killed or has lost"
              + " another worker; it goes on from the newest checkpoint.")
  private Integer restarts;

  @Option(
      names = "--worker_wait",
      paramLabel = "SECONDS",
      description = "How long workers wait for all to be there (default: 1800).")
  private long wait = 1800;

  @Option(
      names = "--worker_timeout",
      paramLabel = "SECONDS",
      description =
          "The longest time that a step may take, three times as much for the first one: then"
              + " another worker counts as lost (default: 300).")
  private long timeout = 300;

  /** Whether this process starts others, and does not train itself. */
  public boolean isSupervisor() {
    return localWorkers != null || restarts != null;
  }

  /** Whether more than this process takes part. */
  public boolean severalProcesses() {
    return isSupervisor() || team(System.getenv()) != Team.ALONE;
  }

  /**
   * The processes that train with this one.
   *
   * @throws IllegalArgumentException if options or environment make no sense
   */
  public Team team() {
    Supervisor.followSupervisor();
    return team(System.getenv());
  }

  /** {@link #team()} in another environment. */
  Team team(Map<String, String> environment) {
    Limits limits = new Limits(Duration.ofSeconds(wait), Duration.ofSeconds(timeout));
    checkArgument(
        (workers == null) == (worker == null),
        "--workers and --worker belong together: list all, and say which this process is");
    if (workers != null) {
      return Team.of(Cluster.of(workers, worker), limits);
    }
    String json = Strings.nullToEmpty(environment.get(TF_CONFIG));
    return json.isBlank() ? Team.ALONE : Team.of(Cluster.ofTfConfig(json), limits);
  }

  /**
   * Starts the processes that train, and again as often as asked.
   *
   * @param arguments of this process
   * @return the exit code
   * @throws IllegalArgumentException if options make no sense
   */
  public int supervise(List<String> arguments) throws InterruptedException {
    int again = restarts == null ? 0 : restarts;
    checkArgument(again >= 0, "illegal --restart %s: 0 times or more", again);
    checkArgument(
        localWorkers == null || localWorkers >= 1,
        "illegal --local_workers %s: at least 1",
        localWorkers);
    checkArgument(
        localWorkers == null || workers == null,
        "--local_workers is for one machine, --workers for several: give one of them");
    LaunchedWorkers launched =
        localWorkers == null
            ? LaunchedWorkers.same(arguments)
            : LaunchedWorkers.local(arguments, localWorkers);
    return new Supervisor(launched, again).run();
  }
}
