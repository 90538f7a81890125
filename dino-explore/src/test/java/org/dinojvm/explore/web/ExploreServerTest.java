package org.dinojvm.explore.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.Color;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.TinyFeatureModel;
import org.dinojvm.explore.index.IndexDescription;
import org.dinojvm.explore.index.IndexUpdate;
import org.dinojvm.explore.index.PictureIndex;
import org.dinojvm.serve.FeatureModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExploreServerTest {

  private static final int CLIENTS = 16;

  @TempDir static Path directory;

  private static FeatureModel model;
  private static PictureIndex index;
  private static ExploreServer server;
  private static byte[] picture;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeAll
  static void start() throws IOException {
    Path data = directory.resolve("data");
    for (int i = 0; i < 6; i++) {
      PictureFiles.disc(data.resolve(i + ".png"), new Color(40 * i, 0, 90), 40, 40);
    }
    picture = Files.readAllBytes(data.resolve("3.png"));
    model = new TinyFeatureModel();
    ImageFolder pictures = ImageFolder.scan(data);
    Path folder = directory.resolve("index");
    new IndexUpdate(
            folder, model, IndexDescription.of(data, data, data, model, false), Progress.NONE)
        .run(pictures);
    index = PictureIndex.open(folder);
    server = new ExploreServer(model, Optional.of(index), InetAddress.getLoopbackAddress(), 0);
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
    index.close();
    model.close();
  }

  private HttpResponse<String> look(byte[] body) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(server.address().resolve("look"))
            .POST(BodyPublishers.ofByteArray(body))
            .build(),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(server.address() + path)).build(),
        BodyHandlers.ofString());
  }

  @Test
  void looksAtAPicture() throws Exception {
    HttpResponse<String> answer = look(picture);

    assertEquals(200, answer.statusCode());
    JsonNode json = new ObjectMapper().readTree(answer.body());
    assertEquals("3.png", json.at("/neighbours/0/name").asText());
    assertEquals(1, json.at("/neighbours/0/similarity").asDouble(), 1e-5);
    assertEquals(model.info().numHeads(), json.at("/detail/heads").asInt());
    assertEquals(200, get("detail/3").statusCode());
    assertEquals(
        "image/jpeg; charset=utf-8", get("thumbnail/3").headers().map().get("content-type").get(0));
  }

  @Test
  void refusesWhatIsNoPictureInOneLine() throws Exception {
    byte[] bomb = picture.clone(); // a header that claims 50,000 × 50,000
    for (int at : new int[] {16, 20}) {
      bomb[at + 2] = (byte) 0xc3;
      bomb[at + 3] = 0x50;
    }
    assertError(415, look(new byte[0]));
    assertError(415, look("<html>".getBytes(StandardCharsets.UTF_8)));
    assertError(415, look(Arrays.copyOf(picture, picture.length / 2)));
    assertError(413, look(bomb));
    assertError(413, look(new byte[Upload.MOST_BYTES + 1]));
    assertEquals(200, look(picture).statusCode());
  }

  @Test
  void hasNoPaths() throws Exception {
    for (String path :
        List.of(
            "..%2f..%2fetc/passwd",
            "thumbnail/..%2f1",
            "thumbnail/-1",
            "thumbnail/6",
            "thumbnail/1/2",
            "detail/1e3",
            "look",
            "data/3.png")) {
      assertError(404, get(path));
    }
    assertTrue(raw("GET /../../etc/passwd HTTP/1.1").startsWith("HTTP/1.1 404"));
    assertTrue(raw("GET /thumbnail/../../../etc/passwd HTTP/1.1").startsWith("HTTP/1.1 404"));
  }

  @Test
  void servesItsOwnPageOnly() throws Exception {
    assertTrue(get("").body().contains("<title>What the model sees</title>"));
    String other = "GET / HTTP/1.1\r\nHost: elsewhere.example";
    assertTrue(raw(other).startsWith("HTTP/1.1 403"));
    HttpRequest foreign =
        HttpRequest.newBuilder(server.address().resolve("look"))
            .header("Origin", "http://elsewhere.example")
            .POST(BodyPublishers.ofByteArray(picture))
            .build();
    assertError(403, client.send(foreign, BodyHandlers.ofString()));
  }

  /** A request as it is, without what a client makes of it. */
  private static String raw(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
      String host = request.contains("Host:") ? "" : "\r\nHost: localhost";
      socket
          .getOutputStream()
          .write(
              (request + host + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void manyAtATimeAreServedOrToldToComeBack() throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    List<Future<Integer>> answers = new ArrayList<>();
    try {
      for (int i = 0; i < 4 * CLIENTS; i++) {
        byte[] body = i % 4 == 3 ? new byte[] {1, 2, 3} : picture;
        Callable<Integer> one = () -> look(body).statusCode();
        answers.add(clients.submit(one));
      }
      for (int i = 0; i < answers.size(); i++) {
        assertEquals(i % 4 == 3 ? 415 : 200, answers.get(i).get());
      }
    } finally {
      clients.shutdownNow();
    }
  }

  @Test
  void saysThatAPortIsTaken() {
    int taken = server.address().getPort();
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    new ExploreServer(
                        model, Optional.empty(), InetAddress.getLoopbackAddress(), taken))
            .getMessage();
    assertTrue(message.contains("choose another --port"), message);
  }

  private static void assertError(int status, HttpResponse<String> answer) {
    assertEquals(status, answer.statusCode(), answer.body());
    assertEquals(1, answer.body().lines().count(), answer.body());
  }
}
