package org.dinojvm.bench;

import com.google.common.collect.ImmutableList;
import com.google.common.net.HostAndPort;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.Workers;
import org.dinojvm.serve.Precision;
import org.dinojvm.serve.Sessions;
import org.dinojvm.serve.ThreadSettings;
import org.dinojvm.train.Trainer;
import org.dinojvm.train.cluster.Cluster;
import org.dinojvm.train.cluster.Limits;
import org.dinojvm.train.cluster.Team;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.objective.Views;
import org.dinojvm.train.step.TrainGraph;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * Times what several workers exchange in a step, the gradients, and nothing else: workers in one
 * process, each with a server of its own, over loopback.
 */
public final class AllReduceBenchmark {

  private static final Duration LIMIT = Duration.ofMinutes(2);

  private AllReduceBenchmark() {}

  /**
   * What was measured.
   *
   * @param tensors gradients, an all-reduce each
   * @param weights numbers in them
   * @param timing of all of them at once
   */
  public record Result(int workers, int tensors, long weights, Timing timing) {}

  /**
   * Runs the benchmark.
   *
   * @param config network and head
   * @param runs to time, after those that are not
   */
  public static Result run(TrainConfig config, int workers, int runs)
      throws IOException, InterruptedException {
    List<Shape> shapes = gradients(config);
    List<Team> teams = teams(workers);
    ExecutorService threads = Executors.newFixedThreadPool(workers);
    try {
      List<Future<Timing>> timings = new ArrayList<>();
      for (Team team : teams) {
        timings.add(threads.submit(() -> time(team, shapes, runs)));
      }
      Timing ofChief = timings.get(0).get();
      for (Future<Timing> timing : timings) {
        timing.get();
      }
      long weights = shapes.stream().mapToLong(Shape::size).sum();
      return new Result(workers, shapes.size(), weights, ofChief);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause().getMessage(), e);
    } finally {
      threads.shutdown();
    }
  }

  /** Shapes of the weights that the optimizer changes. */
  private static List<Shape> gradients(TrainConfig config) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      int global = config.views().globalCropsNumber();
      Optional<Operand<TFloat32>> local =
          config.views().localCropsNumber() == 0
              ? Optional.empty()
              : Optional.of(
                  crops(tf, config.views().localCropsNumber(), config.views().localCropsSize()));
      Views views =
          Views.of(
              tf,
              crops(tf, global, config.views().globalCropsSize()),
              local,
              config.views().views());
      return new TrainGraph(tf, Trainer.recipe(config, Workers.ONE), views)
          .trained().stream().map(Variable::shape).toList();
    }
  }

  private static Operand<TFloat32> crops(Ops tf, int crops, int side) {
    return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(crops, side, side, 3)));
  }

  private static List<Team> teams(int workers) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    ImmutableList.Builder<HostAndPort> addresses = ImmutableList.builder();
    for (int rank = 0; rank < workers; rank++) {
      ServerSocket socket = new ServerSocket(0);
      sockets.add(socket);
      addresses.add(HostAndPort.fromParts("127.0.0.1", socket.getLocalPort()));
    }
    for (ServerSocket socket : sockets) {
      socket.close();
    }
    List<Team> teams = new ArrayList<>();
    for (int rank = 0; rank < workers; rank++) {
      teams.add(Team.of(new Cluster(addresses.build(), rank), new Limits(LIMIT, LIMIT)));
    }
    return teams;
  }

  private static Timing time(Team team, List<Shape> shapes, int runs) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Placeholder<TFloat32> value =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
      List<Op> sums = new ArrayList<>();
      for (Shape shape : shapes) {
        sums.add(team.workers().sum(tf, tf.fill(tf.constant(shape.asArray()), value)));
      }
      Op all = tf.withControlDependencies(sums).noOp();
      try (Session session =
              team.open(
                  graph,
                  Sessions.options(new ThreadSettings(1, 1), Precision.FLOAT32),
                  news -> {});
          TFloat32 one = TFloat32.scalarOf(1)) {
        return Timing.of(
            runs, () -> session.runner().feed(value, one).addTarget(all).run().close());
      }
    }
  }
}
