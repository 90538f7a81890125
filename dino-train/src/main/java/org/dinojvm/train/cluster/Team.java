package org.dinojvm.train.cluster;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.Workers;
import org.dinojvm.train.optimizer.StepCounter;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;

/** The processes that train a run, as one of them sees it. */
public interface Team {

  /** A single process: nothing is added to the graph, and sessions are as ever. */
  Team ALONE =
      new Team() {
        @Override
        public Workers workers() {
          return Workers.ONE;
        }

        @Override
        public void prepare() {}

        @Override
        public Function<Session, Meeting> meeting(
            Ops tf, List<Variable> variables, List<StepCounter> counters) {
          return session -> Meeting.ALONE;
        }

        @Override
        public Session open(Graph graph, ConfigProto options, Consumer<String> news) {
          return new Session(graph, options);
        }
      };

  /** The team of a cluster; a cluster of one is a single process. */
  static Team of(Cluster cluster, Limits limits) {
    return cluster.size() == 1 ? ALONE : new ServedTeam(cluster, limits, LastWords.ofThisProcess());
  }

  /** The team in the graph. Each graph of a process must be finished before the next. */
  Workers workers();

  /** Whether this worker saves, logs and evaluates. */
  default boolean isChief() {
    return workers().rank() == 0;
  }

  /**
   * Looks for what is in the way of a start.
   *
   * @throws IllegalArgumentException if this worker's port is in use
   */
  void prepare();

  /**
   * Adds the ops of a meeting, the same on all workers, to a graph that has the step.
   *
   * @param variables that are equal on all workers after each step
   * @param counters also taken over from the chief
   * @return gives the meeting of a session
   */
  Function<Session, Meeting> meeting(Ops tf, List<Variable> variables, List<StepCounter> counters);

  /**
   * Opens a session once all workers are there. What takes long before the first step should have
   * been done by then.
   *
   * @param news is told who is waited for
   * @throws WorkerLostException if not all come in time
   */
  Session open(Graph graph, ConfigProto options, Consumer<String> news);
}
