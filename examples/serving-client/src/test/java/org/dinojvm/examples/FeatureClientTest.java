package org.dinojvm.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.data.source.ClipArt;
import org.dinojvm.serve.FeatureModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against a gRPC server that answers with the shipped teacher. */
class FeatureClientTest {

  @TempDir static Path folder;

  private static FeatureModel model;
  private static List<byte[]> pictures;

  @BeforeAll
  static void open() throws IOException {
    model = FeatureModel.open(Path.of("../../savedmodels/clipart"));
    ClipArt.extractTo(folder);
    pictures = new ArrayList<>();
    for (String name : List.of("mug.jpg", "wine.jpg", "glass.jpg")) {
      pictures.add(Files.readAllBytes(folder.resolve("train/beverage").resolve(name)));
    }
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void givesTheModelsFeatures(boolean asBytes) throws IOException {
    Server server = ServerBuilder.forPort(0).addService(new TeacherService(model, asBytes)).build();
    server.start();
    ManagedChannel channel = channel(server);
    try {
      float[][] features = new FeatureClient(channel, TeacherService.NAME).features(pictures);
      float[][] expected = model.embed(pictures);
      assertEquals(3, features.length);
      for (int i = 0; i < expected.length; i++) {
        assertArrayEquals(expected[i], features[i], 1e-5f);
      }
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  @Test
  void aModelThatIsNotServedIsNotFound() throws IOException {
    Server server = ServerBuilder.forPort(0).addService(new TeacherService(model, true)).build();
    server.start();
    ManagedChannel channel = channel(server);
    try {
      FeatureClient client = new FeatureClient(channel, "another");
      StatusRuntimeException failure =
          assertThrows(StatusRuntimeException.class, () -> client.features(pictures));
      assertEquals(Status.Code.NOT_FOUND, failure.getStatus().getCode());
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  private static ManagedChannel channel(Server server) {
    return ManagedChannelBuilder.forAddress("localhost", server.getPort()).usePlaintext().build();
  }
}
