package org.dinojvm.cli.workers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.dinojvm.train.cluster.Team;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class WorkerOptionsTest {

  private static final Map<String, String> TF_CONFIG =
      Map.of(
          "TF_CONFIG",
          "{\"cluster\":{\"worker\":[\"a:1\",\"b:1\",\"c:1\"]},\"task\":{\"type\":\"worker\",\"index\":2}}");

  @Command
  private static final class Carrier {
    @CommandLine.Mixin WorkerOptions options;
  }

  private static WorkerOptions parsed(String... words) {
    Carrier carrier = new Carrier();
    new CommandLine(carrier).parseArgs(words);
    return carrier.options;
  }

  @Test
  void optionsAndEnvironmentSayWhoTrains() {
    assertSame(Team.ALONE, parsed().team(Map.of()));
    assertSame(Team.ALONE, parsed("--workers", "a:1", "--worker", "0").team(TF_CONFIG));
    Team two = parsed("--workers", "a:1,b:1", "--worker", "1").team(TF_CONFIG);
    assertEquals(2, two.workers().count());
    assertEquals(1, two.workers().rank());
    Team three = parsed().team(TF_CONFIG);
    assertEquals(3, three.workers().count());
    assertEquals(2, three.workers().rank());
    assertTrue(!three.isChief());
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertRefused("belong together", () -> parsed("--workers", "a:1,b:1").team(Map.of()));
    assertRefused("belong together", () -> parsed("--worker", "1").team(Map.of()));
    assertRefused("worker_timeout 0", () -> parsed("--worker_timeout", "0").team(Map.of()));
    assertRefused("at least 1", () -> parsed("--local_workers", "0").supervise(List.of("train")));
    assertRefused(
        "give one of them",
        () ->
            parsed("--local_workers", "2", "--workers", "a:1", "--worker", "0")
                .supervise(List.of("train")));
  }

  private static void assertRefused(String reason, Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.contains(reason), message);
  }
}
