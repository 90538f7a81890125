package org.dinojvm.train.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.net.HostAndPort;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PresenceTest {

  /** A system takes connections for a stopped process, too. */
  @Test
  void tellsSilentFromAbsent() throws IOException {
    int port;
    try (ServerSocket silent = new ServerSocket(0)) {
      port = silent.getLocalPort();
      assertEquals(Presence.SILENT, Presence.of(HostAndPort.fromParts("127.0.0.1", port)));
    }
    assertEquals(Presence.ABSENT, Presence.of(HostAndPort.fromParts("127.0.0.1", port)));
    assertEquals(
        Presence.UNREACHABLE, Presence.of(HostAndPort.fromParts("no-such-host.invalid", port)));
  }

  @Test
  void namesWhoIsWaitedFor() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Cluster cluster = Cluster.of("127.0.0.1:" + (port + 1) + ",127.0.0.1:" + port, 0);
    List<String> news = new ArrayList<>();
    Arrival arrival =
        new Arrival(Duration.ofMillis(300), Duration.ofMillis(50), Duration.ofMillis(20));
    String end =
        assertThrows(WorkerLostException.class, () -> arrival.await(cluster, news::add))
            .getMessage();
    String who = "worker 1 (127.0.0.1:" + port + ") refuses connections";
    assertTrue(end.contains(who), end);
    assertTrue(news.get(0).contains(who), news::toString);
  }
}
