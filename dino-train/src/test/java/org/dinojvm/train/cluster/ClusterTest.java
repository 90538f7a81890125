package org.dinojvm.train.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterTest {

  /** As Kubeflow's operator writes it: the chief is worker 0, evaluators do not count. */
  private static final String KUBEFLOW =
      """
      {"cluster":{"chief":["a-chief-0.ns.svc:2222"],"evaluator":["a-evaluator-0.ns.svc:2222"],
       "ps":["a-ps-0.ns.svc:2222"],"worker":["a-worker-0.ns.svc:2222","a-worker-1.ns.svc:2222"]},
       "task":{"type":"%s","index":%s},"environment":"cloud"}""";

  @ParameterizedTest
  @CsvSource({"chief, 0, 0", "worker, 0, 1", "worker, 1, 2", "worker, '\"1\"', 2"})
  void readsTfConfig(String type, String index, int rank) {
    Cluster cluster = Cluster.ofTfConfig(KUBEFLOW.formatted(type, index));
    assertEquals(3, cluster.size());
    assertEquals(rank, cluster.rank());
    assertEquals("a-chief-0.ns.svc:2222", cluster.addresses().get(0).toString());
    assertEquals("worker 2 (a-worker-1.ns.svc:2222)", cluster.name(2));
  }

  @ParameterizedTest
  @CsvSource({"evaluator, 0, none of those", "ps, 0, none of those", "worker, 2, 'worker 2 of 2'"})
  void refusesTasksThatDoNotTrain(String type, String index, String reason) {
    assertRefused(reason, () -> Cluster.ofTfConfig(KUBEFLOW.formatted(type, index)));
  }

  @Test
  void refusesWhatIsNoTfConfig() {
    assertRefused("is no JSON", () -> Cluster.ofTfConfig("{"));
    assertRefused("it lists no chief and no worker", () -> Cluster.ofTfConfig("{}"));
    assertRefused(
        "enableDynamicWorker",
        () ->
            Cluster.ofTfConfig(
                "{\"sparseCluster\":{\"worker\":{\"1\":\"b:1\"}},\"task\":{\"type\":\"worker\",\"index\":1}}"));
  }

  @Test
  void readsOptions() {
    Cluster cluster = Cluster.of("node1:2222, [::1]:2223", 1);
    assertEquals("[::1]:2223", cluster.own().toString());
  }

  @ParameterizedTest
  @CsvSource({
    "'a:1,b:2', 2, illegal worker 2 of 2",
    "'a:1,b:2', -1, illegal worker -1 of 2",
    "'a,b:2', 0, illegal address a of a worker",
    "'a:1,b:two', 0, illegal address b:two of a worker",
    "'a:1,0.0.0.0:2', 0, illegal address 0.0.0.0:2 of a worker",
    "'a:1,[::]:2', 0, 'illegal address [::]:2 of a worker'",
    "'a:1,a:1', 0, listed twice",
    "'', 0, no workers are given"
  })
  void refusesOtherOptions(String workers, int rank, String reason) {
    assertRefused(reason, () -> Cluster.of(workers, rank));
  }

  private static void assertRefused(String reason, Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.contains(reason), message);
    assertEquals(1, message.lines().count(), message);
  }
}
