package org.dinojvm.train;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.PlainViews;
import org.dinojvm.train.cluster.Cluster;
import org.dinojvm.train.cluster.Limits;
import org.dinojvm.train.cluster.Team;
import org.dinojvm.train.config.TrainConfig;

/** A process that is one of several workers, and trains some cases one after the other. */
final class WorkerProcess {

  /** A whole run, with its pipeline and checkpoints; other cases are steps alone. */
  static final String RUN = "run";

  private WorkerProcess() {}

  /** Ten steps of eight pictures. */
  static TrainConfig run(Path pictures, Path folder, int workers) {
    return MicroRun.config(pictures, folder.resolve(RUN))
        .with(PlainViews.NO_AUGMENTATIONS)
        .with(Map.of("embed_dim", 16, "global_crops_size", 16, "local_crops_size", 8))
        .with(Map.of("patch_size", 4, "fuse", false, "threads", 1, "parallel_ops", 1))
        .with(Map.of("drop_path_rate", 0.2, "epochs", 2, "warmup_epochs", 0))
        .with(
            Map.of("lr", 1, "optimizer", "sgd", "tensorboard", false, "checkpoint_every_steps", 4))
        .with(Map.of("batch_size_per_gpu", 8 / workers));
  }

  /** Arguments: addresses, rank, pictures, folder of the runs, cases. */
  public static void main(String[] args) throws IOException {
    Cluster cluster = Cluster.of(args[0], Integer.parseInt(args[1]));
    Team team = Team.of(cluster, new Limits(Duration.ofMinutes(2), Duration.ofMinutes(2)));
    for (String name : args[4].split(",", -1)) {
      if (name.equals(RUN)) {
        new Trainer(run(Path.of(args[2]), Path.of(args[3]), cluster.size()), team, List.of()).run();
      } else {
        WorkerSteps.train(name, team, 1, Path.of(args[3]).resolve(name + cluster.rank()));
      }
    }
    System.exit(0); // a server cannot be closed
  }

  /** Starts all workers; their output goes to a file each. */
  static List<Process> start(int workers, Path pictures, Path folder, String cases)
      throws IOException {
    List<String> addresses = new ArrayList<>();
    List<ServerSocket> sockets = new ArrayList<>();
    for (int rank = 0; rank < workers; rank++) {
      sockets.add(new ServerSocket(0));
      addresses.add("127.0.0.1:" + sockets.get(rank).getLocalPort());
    }
    for (ServerSocket socket : sockets) {
      socket.close();
    }
    List<Process> processes = new ArrayList<>();
    for (int rank = 0; rank < workers; rank++) {
      ProcessBuilder java =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:+UseSerialGC",
              "-Xmx256m",
              "-XX:TieredStopAtLevel=1",
              "-cp",
              System.getProperty("java.class.path"),
              WorkerProcess.class.getName(),
              String.join(",", addresses),
              Integer.toString(rank),
              pictures.toString(),
              folder.toString(),
              cases);
      java.environment().putAll(Map.of("TF_CPP_MIN_LOG_LEVEL", "2"));
      File output = folder.resolve("worker" + rank + ".txt").toFile();
      processes.add(java.redirectErrorStream(true).redirectOutput(output).start());
    }
    return processes;
  }
}
