package org.dinojvm.explore.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Ints;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.dinojvm.explore.index.PictureIndex;
import org.dinojvm.explore.report.Page;
import org.dinojvm.serve.FeatureModel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A page to drop pictures into, for trying a model out on this machine: neighbours, attention,
 * patches. Pictures of the index are asked for by number, so that no path can lead elsewhere.
 * Production has TensorFlow Serving.
 */
public final class ExploreServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ExploreServer.class);

  private static final ImmutableList<String> SCRIPTS =
      ImmutableList.of("d3.js", "data.js", "detail.js", "serve.js");

  /** Requests that are read at a time. */
  private static final int THREADS = 24;

  /** Connections that wait for a thread; more are closed. */
  private static final int WAITING_CONNECTIONS = 64;

  /** Requests that wait for the model or are in it; more are told to come back. */
  private static final int WAITING_LOOKS = 16;

  /** Seconds that a client has to send a request, and to take the answer. */
  private static final String SECONDS_OF_A_REQUEST = "60";

  /** Read of a refused upload, for the answer would be lost with a connection cut in mid-upload. */
  private static final long DRAINED_BYTES = 2L * Upload.MOST_BYTES;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final PictureLook look;
  private final byte[] page;
  private final HttpServer server;
  private final ThreadPoolExecutor threads;

  private final Semaphore looks = new Semaphore(WAITING_LOOKS);
  private final Semaphore model = new Semaphore(1, true);
  private final boolean loopback;

  /**
   * Starts to serve; model and index stay the caller's to close.
   *
   * @param address to listen at: the loopback address, unless others may use it
   * @param port 0 for any that is free
   * @throws IllegalArgumentException if the port is taken
   */
  public ExploreServer(
      FeatureModel opened, Optional<PictureIndex> index, InetAddress address, int port)
      throws IOException {
    System.setProperty("sun.net.httpserver.maxReqTime", SECONDS_OF_A_REQUEST);
    System.setProperty("sun.net.httpserver.maxRspTime", SECONDS_OF_A_REQUEST);
    System.setProperty("sun.net.httpserver.drainAmount", Long.toString(DRAINED_BYTES));
    this.loopback = address.isLoopbackAddress();
    this.server = bind(address, port);
    this.look = new PictureLook(opened, index);
    ImmutableMap<String, Object> about =
        ImmutableMap.of(
            "arch", opened.info().arch(),
            "dimensions", opened.info().embedDim(),
            "indexed", look.size(),
            "megabytes", Upload.MOST_BYTES >> 20);
    this.page = Page.html("serve.html", "What the model sees", about, SCRIPTS).getBytes(UTF_8);
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(WAITING_CONNECTIONS),
            new ThreadFactoryBuilder().setNameFormat("serve-%d").setDaemon(true).build());
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  private static HttpServer bind(InetAddress address, int port) throws IOException {
    try {
      return HttpServer.create(new InetSocketAddress(address, port), WAITING_CONNECTIONS);
    } catch (BindException e) {
      throw new IllegalArgumentException(
          "cannot listen at port %s of %s (%s): choose another --port"
              .formatted(port, address.getHostAddress(), e.getMessage()),
          e);
    }
  }

  /** Where the page is. */
  public URI address() {
    String host = server.getAddress().getAddress().getHostAddress();
    return URI.create(
        "http://%s:%d/"
            .formatted(
                host.contains(":") ? "[" + host + "]" : host, server.getAddress().getPort()));
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      try {
        checkOrigin(exchange.getRequestHeaders());
        route(exchange);
      } catch (RequestException e) {
        send(exchange, e.status(), "text/plain", (e.getMessage() + "\n").getBytes(UTF_8));
      } catch (RuntimeException | OutOfMemoryError e) {
        log.warn("a request failed: {}", e.toString());
        send(exchange, 500, "text/plain", "this request failed\n".getBytes(UTF_8));
      }
    }
  }

  /** Pages of other hosts must not use a browser to reach a server that is for this machine. */
  private void checkOrigin(Headers headers) throws RequestException {
    String host = Optional.ofNullable(headers.getFirst("Host")).orElse("");
    String origin = headers.getFirst("Origin");
    String name = host.replaceAll(":\\d+$", "");
    boolean local = name.equals("localhost") || name.equals("127.0.0.1") || name.equals("[::1]");
    if ((loopback && !local) || (origin != null && !origin.equals("http://" + host))) {
      throw new RequestException(403, "requests come from this server's own page only");
    }
  }

  private void route(HttpExchange exchange) throws IOException, RequestException {
    String path = exchange.getRequestURI().getPath();
    String method = exchange.getRequestMethod();
    if (path.equals("/") && method.equals("GET")) {
      send(exchange, 200, "text/html", page);
    } else if (path.equals("/look") && method.equals("POST")) {
      byte[] picture =
          Upload.read(exchange.getRequestBody(), announced(exchange.getRequestHeaders()));
      sendJson(exchange, withModel(() -> look.at(picture)));
    } else if (path.startsWith("/detail/") && method.equals("GET")) {
      int number = number(path.substring("/detail/".length()));
      sendJson(exchange, withModel(() -> look.detail(number)));
    } else if (path.startsWith("/thumbnail/") && method.equals("GET")) {
      int number = number(path.substring("/thumbnail/".length()));
      send(exchange, 200, "image/jpeg", look.thumbnail(number));
    } else {
      throw new RequestException(404, "there is / to look at, and nothing else for people");
    }
  }

  private static long announced(Headers headers) {
    String length = headers.getFirst("Content-Length");
    return length == null ? 0 : Long.parseLong(length); // the server has checked that it is one
  }

  private int number(String text) throws RequestException {
    Integer number = Ints.tryParse(text);
    if (number == null || number < 0 || number >= look.size()) {
      throw new RequestException(404, "no such picture in the index");
    }
    return number;
  }

  @FunctionalInterface
  private interface Work {
    ImmutableMap<String, Object> run() throws IOException, RequestException;
  }

  /** One at a time; a few may wait. */
  private ImmutableMap<String, Object> withModel(Work work) throws IOException, RequestException {
    if (!looks.tryAcquire()) {
      throw new RequestException(503, "too many requests at a time: try again");
    }
    try {
      model.acquireUninterruptibly();
      try {
        return work.run();
      } finally {
        model.release();
      }
    } finally {
      looks.release();
    }
  }

  private static void sendJson(HttpExchange exchange, Object json) throws IOException {
    send(exchange, 200, "application/json", JSON.writeValueAsBytes(json));
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type + "; charset=utf-8");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Cache-Control", "no-store");
    headers.set(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
            + " img-src 'self' data:; connect-src 'self'; form-action 'none'");
    exchange.sendResponseHeaders(status, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  /** Ends at once. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    model.acquireUninterruptibly(); // whoever is in the model finishes before it is closed
    look.close();
  }
}
