package org.dinojvm.train.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Params;
import org.dinojvm.model.Workers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;

/** Two workers in one process: two servers, two graphs, two threads. */
class CollectivesTest {

  private static final List<Team> TEAMS = new ArrayList<>();
  private static final ExecutorService THREADS = Executors.newFixedThreadPool(2);

  private interface Work<T> {
    T of(Team team) throws IOException;
  }

  @BeforeAll
  static void serve() throws IOException {
    String addresses;
    try (ServerSocket first = new ServerSocket(0);
        ServerSocket second = new ServerSocket(0)) {
      addresses = "127.0.0.1:" + first.getLocalPort() + ",127.0.0.1:" + second.getLocalPort();
    }
    Limits limits = new Limits(Duration.ofSeconds(60), Duration.ofSeconds(60));
    for (int rank = 0; rank < 2; rank++) {
      TEAMS.add(Team.of(Cluster.of(addresses, rank), limits));
    }
  }

  @AfterAll
  static void end() {
    THREADS.shutdownNow();
  }

  /** What each of both makes. */
  private static <T> List<T> both(Work<T> work) throws Exception {
    List<Future<T>> running = new ArrayList<>();
    for (Team team : TEAMS) {
      running.add(THREADS.submit(() -> work.of(team)));
    }
    List<T> results = new ArrayList<>();
    for (Future<T> result : running) {
      results.add(result.get());
    }
    return results;
  }

  private static Session open(Team team, Graph graph) {
    return team.open(graph, ConfigProto.getDefaultInstance(), news -> {});
  }

  /** Values [2, 2] and gradients of the sum of both workers' losses Σ (weights · f(x))². */
  private static List<float[]> computed(Team team, boolean gathers) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Workers workers = team.workers();
      float rank = workers.rank();
      Operand<TFloat32> x = tf.constant(new float[][] {{1 + rank, 2}, {3, 4 * rank}});
      Operand<TFloat32> y = gathers ? workers.gather(tf, x) : workers.sum(tf, x);
      Operand<TFloat32> loss =
          tf.reduceSum(
              tf.math.mul(tf.math.square(y), tf.constant(1 + rank)), tf.constant(new int[] {0, 1}));
      Gradients gradients = tf.gradients(loss, List.of(x));
      try (Session session = open(team, graph);
          Result result = session.runner().fetch(y).fetch(gradients.<TFloat32>dy(0)).run()) {
        List<float[]> values = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          float[] copy = new float[(int) result.get(i).shape().size()];
          result.get(i).asRawTensor().data().asFloats().read(copy);
          values.add(copy);
        }
        return values;
      }
    }
  }

  /** L = 1·Σy² + 2·Σy² with y = x0 + x1, so that dL/dx is 6y on both. */
  @Test
  void sumsAndTheirGradients() throws Exception {
    for (List<float[]> values : both(team -> computed(team, false))) {
      assertArrayEquals(new float[] {3, 4, 6, 4}, values.get(0));
      assertArrayEquals(new float[] {18, 24, 36, 24}, values.get(1));
    }
  }

  /** The same loss of all rows: each worker gets the gradient of its own. */
  @Test
  void gathersAndTheirGradients() throws Exception {
    List<List<float[]>> values = both(team -> computed(team, true));
    float[] all = {1, 2, 3, 0, 2, 2, 3, 4};
    assertArrayEquals(all, values.get(0).get(0));
    assertArrayEquals(all, values.get(1).get(0));
    assertArrayEquals(new float[] {6, 12, 18, 0}, values.get(0).get(1));
    assertArrayEquals(new float[] {12, 12, 18, 24}, values.get(1).get(1));
  }

  /** The chief works as long as three beats take; the other waits for its value to be set. */
  @Test
  void meetsAsAgreed() throws Exception {
    AtomicInteger worked = new AtomicInteger();
    List<Float> values =
        both(
            team -> {
              try (Graph graph = new Graph()) {
                Ops tf = Ops.create(graph);
                Params params = Params.create(tf, "own", 1 + team.workers().rank());
                Operand<TFloat32> value =
                    params.fixed("weight", Shape.of(2), Initializer.normal(1));
                var meetings = team.meeting(tf, params.variables(), List.of());
                try (Session session = open(team, graph)) {
                  Meeting meeting = meetings.apply(session);
                  params.variables().forEach(weight -> session.run(weight.initialize()));
                  meeting.agree(() -> new Fingerprint(ImmutableMap.of("lr", "1"), "none"));
                  boolean equal = meeting.makeEqual();
                  meeting.whileChiefEvaluates(
                      () -> {
                        Uninterruptibles.sleepUninterruptibly(Duration.ofSeconds(3));
                        worked.incrementAndGet();
                      });
                  assertEquals(1, worked.get());
                  assertTrue(!equal && meeting.makeEqual());
                  meeting.leave();
                  try (Result result = session.runner().fetch(value).run()) {
                    return ((TFloat32) result.get(0)).getFloat(1);
                  }
                }
              }
            });
    assertEquals(values.get(0), values.get(1));
  }

  @Test
  void saysWhoHasOtherSettings() throws Exception {
    ExecutionException failure =
        assertThrows(
            ExecutionException.class,
            () ->
                both(
                    team -> {
                      try (Graph graph = new Graph()) {
                        Ops tf = Ops.create(graph);
                        Params params = Params.create(tf, "own", 1);
                        params.fixed("weight", Shape.of(2), Initializer.normal(1));
                        var meetings = team.meeting(tf, params.variables(), List.of());
                        try (Session session = open(team, graph)) {
                          meetings
                              .apply(session)
                              .agree(
                                  () ->
                                      new Fingerprint(
                                          ImmutableMap.of("lr", "1", "seed", "" + team.isChief()),
                                          "none"));
                          return true;
                        }
                      }
                    }));
    assertTrue(failure.getCause() instanceof IllegalArgumentException, failure::toString);
    String message = failure.getCause().getMessage();
    assertTrue(message.contains("worker 1 (127.0.0.1:"), message);
    assertTrue(message.contains("do not train the same: seed (here true)"), message);
  }
}
