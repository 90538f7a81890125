package org.dinojvm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.serve.Precision;
import org.dinojvm.serve.Sessions;
import org.dinojvm.serve.ThreadSettings;
import org.dinojvm.serve.Trust;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import picocli.CommandLine;

/** {@code dino bench serve} and bfloat16, on the shipped teacher. */
class BenchServeTest {

  private static final Path MODEL = Path.of("../savedmodels/clipart");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int dino(String... arguments) {
    CommandLine commands = Dino.commands((config, team, more) -> {}, false);
    return commands
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @Test
  void oneJsonLine() throws Exception {
    String[] command = {"bench", "serve", "--model", MODEL.toString(), "--batch", "2", "--json"};
    assertEquals(0, dino(command), err::toString);
    JsonNode result = new ObjectMapper().readTree(out.toString().getBytes(UTF_8));
    assertEquals("vit_tiny/8", result.get("arch").asText());
    assertEquals(96, result.get("size").asInt());
    assertEquals("float32", result.get("precision").asText());
    assertEquals(
        2,
        result.get("images_per_second").asDouble() * result.get("median_seconds").asDouble(),
        1e-6);
  }

  @Test
  void mistakesAreExplained() {
    assertEquals(2, dino("bench", "serve", "--model", MODEL.toString(), "--precision", "int8"));
    assertEquals(2, dino("bench", "serve", "--model", "src"));
    assertEquals(2, dino("bench", "serve", "--model", MODEL.toString(), "--size", "7"));
    assertEquals(
        String.join(
            System.lineSeparator(),
            "dino: invalid value for option '--precision': expected one of [FLOAT32, BF16] (case-insensitive)"
                + " but was 'int8'",
            "dino: no export at src; expected saved_model.pb, or numbered versions of one",
            "dino: illegal size 7: at least a patch, 8",
            ""),
        err.toString());
  }

  @Test
  void bfloat16GivesNearlyTheSameFeatures() {
    float[] exact = features(Precision.FLOAT32);
    float[] rounded = features(Precision.BF16);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < exact.length; i++) {
      difference += Math.pow(exact[i] - rounded[i], 2);
      norm += Math.pow(exact[i], 2);
    }
    assertTrue(Math.sqrt(difference / norm) < 0.03, "relative " + Math.sqrt(difference / norm));
  }

  private static float[] features(Precision precision) {
    try (FeatureModel model =
            FeatureModels.openExport(
                MODEL, Sessions.options(new ThreadSettings(0, 0), precision), Trust.CHECKED);
        TFloat32 images =
            TFloat32.tensorOf(
                Shape.of(1, 48, 48, 3),
                tensor ->
                    tensor
                        .scalars()
                        .forEachIndexed(
                            (at, pixel) -> pixel.setFloat((at[1] * at[2] % 48) / 48f)));
        TFloat32 features = model.features(images)) {
      float[] values = new float[(int) features.size()];
      features.asRawTensor().data().asFloats().read(values);
      return values;
    }
  }
}
