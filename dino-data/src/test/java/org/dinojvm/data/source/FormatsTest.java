package org.dinojvm.data.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Splitter;
import com.google.common.io.BaseEncoding;
import com.google.common.io.Resources;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.dinojvm.data.ImagePipeline;
import org.dinojvm.data.PipelineSettings;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.data.augment.MultiCropViews;
import org.dinojvm.data.augment.Normalization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/** Pictures as folders hold them: of all kinds, and damaged. {@code formats/make.py} made them. */
class FormatsTest {

  /** What TensorFlow reads otherwise than Pillow: see {@link PictureDecoder#decode}. */
  private static final List<String> OTHERWISE = List.of("grey_16_bit.png", "palette.bmp");

  private static final int DAMAGED = 2_000;

  @TempDir Path folder;

  static Stream<String> pillow() throws IOException {
    return Resources.readLines(Resources.getResource("formats/pillow.tsv"), UTF_8).stream()
        .filter(line -> !OTHERWISE.contains(line.substring(0, line.indexOf('\t'))));
  }

  @ParameterizedTest
  @MethodSource("pillow")
  void readsThePixelsThatPillowReads(String line) throws URISyntaxException {
    List<String> columns = Splitter.on('\t').splitToList(line);
    assertPixels(columns, PictureDecoder::decode);
  }

  static Stream<String> drafts() throws IOException {
    return Resources.readLines(Resources.getResource("formats/draft.tsv"), UTF_8).stream();
  }

  @ParameterizedTest
  @MethodSource("drafts")
  void readsThePixelsOfPillowsDraft(String line) throws URISyntaxException {
    List<String> columns = Splitter.on('\t').splitToList(line);
    int halvings = Integer.parseInt(columns.get(1));
    assertPixels(columns, (tf, bytes) -> PictureDecoder.decode(tf, bytes, tf.constant(halvings)));
  }

  /**
   * Holds a picture against Pillow's.
   *
   * @param columns its file first, height and width and its pixels in hex last
   */
  private void assertPixels(
      List<String> columns, BiFunction<Ops, Operand<TString>, Operand<TUint8>> decoder)
      throws URISyntaxException {
    int last = columns.size() - 1;
    byte[] expected = BaseEncoding.base16().lowerCase().decode(columns.get(last));
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      String file = resource(columns.get(0)).toString();
      try (Result result =
          session.runner().fetch(decoder.apply(tf, tf.io.readFile(tf.constant(file)))).run()) {
        assertEquals(
            Shape.of(
                Integer.parseInt(columns.get(last - 1)),
                Integer.parseInt(columns.get(last - 2)),
                3),
            result.get(0).shape());
        byte[] actual = new byte[(int) result.get(0).shape().size()];
        result.get(0).asRawTensor().data().read(actual);
        assertEquals(BaseEncoding.base16().encode(expected), BaseEncoding.base16().encode(actual));
      }
    }
  }

  @Test
  void skipsPalettesThatTensorFlowTakesForGrey() throws IOException, URISyntaxException {
    Files.copy(resource("palette.bmp"), folder.resolve("palette.bmp"));
    Files.copy(resource("grey.bmp"), folder.resolve("grey.bmp"));
    ImageFolder scanned = ImageFolder.scan(folder);
    assertEquals(1, scanned.pictures().size());
    assertTrue(scanned.skipped().get(0).reason().startsWith("BMP with a palette"));
  }

  /** Whatever was damaged: it is skipped with a reason, or it trains. */
  @Test
  void damagedPicturesAreSkippedOrTrained() throws IOException, URISyntaxException {
    byte[][] whole = {
      Files.readAllBytes(resource("baseline.jpg")),
      Files.readAllBytes(resource("progressive.jpg")),
      Files.readAllBytes(resource("palette.png")),
      Files.readAllBytes(resource("rgb_16_bit.png"))
    };
    Random random = new Random(7);
    for (int i = 0; i < DAMAGED; i++) {
      Files.write(folder.resolve("%04d".formatted(i)), damaged(whole[i % whole.length], random));
    }

    ImageFolder scanned = ImageFolder.scan(folder);

    assertEquals(DAMAGED, scanned.pictures().size() + scanned.skipped().size());
    assertTrue(scanned.pictures().size() >= 50, "usable: " + scanned.pictures().size());
    assertTrue(scanned.skipped().size() >= DAMAGED / 4, "skipped: " + scanned.skipped().size());
    assertTrue(scanned.skipped().stream().noneMatch(file -> file.reason().isBlank()));
    assertEquals(scanned.pictures().size(), trainedOn(scanned));
  }

  /** Cut off, or some bytes replaced. */
  private static byte[] damaged(byte[] whole, Random random) {
    if (random.nextInt(4) == 0) {
      byte[] cut = new byte[random.nextInt(whole.length)];
      System.arraycopy(whole, 0, cut, 0, cut.length);
      return cut;
    }
    byte[] changed = whole.clone();
    for (int n = 1 + random.nextInt(8); n > 0; n--) {
      changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
    }
    return changed;
  }

  /** Different pictures in an epoch of batches of one. */
  private static long trainedOn(ImageFolder pictures) throws IOException {
    MultiCrop crops =
        MultiCrop.published().with(Map.of("global_crops_size", 8, "local_crops_number", 0));
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      PipelineSettings settings = new PipelineSettings(1, 1, 0, 2, 0);
      ImagePipeline pipeline =
          new ImagePipeline(
              Ops.create(graph),
              pictures,
              new MultiCropViews(crops, Normalization.published()),
              settings);
      pipeline.start(session, 0);
      List<Long> seen = new ArrayList<>();
      for (int step = 0; step < settings.stepsPerEpoch(pictures); step++) {
        try (Result result =
            session.runner().fetch(pipeline.indices()).fetch(pipeline.globalCrops()).run()) {
          seen.add(((TInt64) result.get(0)).getLong(0));
        }
      }
      return seen.stream().distinct().count();
    }
  }

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(Resources.getResource("formats/" + name).toURI());
  }
}
