package org.dinojvm.cli.workers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class LaunchedWorkersTest {

  @Test
  void workersGetAllButWhatIsForTheirSupervisor() {
    List<String> words =
        List.of("train", "--local_workers", "2", "--data", "a b", "--restart=3", "--lr", "1");
    LaunchedWorkers launched = LaunchedWorkers.local(words, 2);
    assertEquals(List.of("train", "--data", "a b", "--lr", "1"), launched.arguments());
    List<ProcessBuilder> commands = launched.commands();
    assertEquals(2, commands.size());
    List<String> first = commands.get(0).command();
    List<String> second = commands.get(1).command();
    assertEquals(List.of("--worker", "0"), first.subList(first.size() - 2, first.size()));
    assertEquals(List.of("--worker", "1"), second.subList(second.size() - 2, second.size()));
    String addresses = first.get(first.size() - 3);
    assertEquals(addresses, second.get(second.size() - 3));
    assertTrue(addresses.matches("127\\.0\\.0\\.1:\\d+,127\\.0\\.0\\.1:\\d+"), addresses);
    String[] both = addresses.split(",", -1);
    assertNotEquals(both[0], both[1]);
    assertTrue(first.contains("org.dinojvm.cli.Dino"));
  }

  @Test
  void oneProcessIsStartedWithItsOwnWords() {
    List<String> words =
        List.of("train", "--restart", "3", "--workers", "a:1,b:1", "--worker", "1");
    List<String> command = LaunchedWorkers.same(words).commands().get(0).command();
    assertEquals(
        List.of("org.dinojvm.cli.Dino", "train", "--workers", "a:1,b:1", "--worker", "1"),
        command.subList(command.size() - 6, command.size()));
  }

  @Test
  void readsRangesOfCores() {
    assertEquals(List.of(0, 1, 2, 8), LaunchedWorkers.ranges("0-2,8"));
  }

  /** A mistake counts before the signals by which others ended because of it. */
  @Test
  void theWorstCodeIsTheRunsCode() {
    assertEquals(0, Supervisor.exitCode(List.of(0, 0)));
    assertEquals(138, Supervisor.exitCode(List.of(0, 138, 137)));
    assertEquals(2, Supervisor.exitCode(List.of(138, 2)));
  }
}
