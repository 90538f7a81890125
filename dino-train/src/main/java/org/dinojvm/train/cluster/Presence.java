package org.dinojvm.train.cluster;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.net.HostAndPort;
import com.google.common.primitives.Bytes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** Whether a worker's server answers. */
enum Presence {
  /** It answers. */
  ANSWERS("answers"),
  /** The system takes connections for it, but it says nothing, as a stopped process. */
  SILENT("takes connections but does not answer, as a stopped process"),
  /** Nothing listens there. */
  ABSENT("refuses connections"),
  /** The machine cannot be reached. */
  UNREACHABLE("cannot be reached");

  private static final Duration LIMIT = Duration.ofSeconds(2);

  /** An HTTP/2 client's first words and empty settings: gRPC answers with settings of its own. */
  private static final byte[] GREETING =
      Bytes.concat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII), settingsFrame());

  private final String words;

  Presence(String words) {
    this.words = words;
  }

  /** A frame of no bytes and type 4. */
  private static byte[] settingsFrame() {
    return new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0};
  }

  /** Asks a server; takes two seconds at most for the connection and for the answer each. */
  static Presence of(HostAndPort address) {
    int limit = (int) LIMIT.toMillis();
    try (Socket socket = new Socket()) {
      InetSocketAddress server = new InetSocketAddress(address.getHost(), address.getPort());
      if (server.isUnresolved()) {
        return UNREACHABLE;
      }
      socket.connect(server, limit);
      socket.setSoTimeout(limit);
      socket.getOutputStream().write(GREETING);
      return answer(socket);
    } catch (SocketTimeoutException e) {
      return UNREACHABLE;
    } catch (java.net.ConnectException e) {
      return ABSENT;
    } catch (IOException e) {
      return UNREACHABLE;
    }
  }

  private static Presence answer(Socket socket) {
    try {
      return socket.getInputStream().read() >= 0 ? ANSWERS : ABSENT;
    } catch (SocketTimeoutException e) {
      return SILENT;
    } catch (IOException e) {
      return ABSENT; // reset while it ended
    }
  }

  /** As part of a sentence whose subject is the worker. */
  String words() {
    return words;
  }
}
