package org.dinojvm.data.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.hash.Hashing;
import java.nio.file.Path;
import java.util.Map;
import org.dinojvm.data.ImagePipeline;
import org.dinojvm.data.PipelineSettings;
import org.dinojvm.data.TestPictures;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * Seeds mean what they meant in the first version, so that its runs can be resumed bit for bit: its
 * draws and boxes by their hashes. Its views by their means alone, since the last bits of compiled
 * pixels depend on the processor.
 */
class RecordedDrawsTest {

  private static final MultiCrop PUBLISHED =
      MultiCrop.published()
          .with(
              Map.of(
                  "global_crops_size", 32,
                  "local_crops_size", 16,
                  "local_crops_number", 3,
                  "crop_ratio", "0.75 1.3333333333333333"));

  private static final MultiCrop OTHER =
      PUBLISHED
          .with(
              Map.of(
                  "global_crops_size",
                  24,
                  "local_crops_size",
                  10,
                  "local_crops_number",
                  4,
                  "global_crops_scale",
                  "0.25 0.9",
                  "local_crops_scale",
                  "0.07 0.33",
                  "crop_ratio",
                  "0.6 1.7",
                  "interpolation",
                  "bilinear",
                  "flip_probability",
                  0.3,
                  "jitter_probability",
                  0.7,
                  "brightness",
                  0.35))
          .with(
              Map.of(
                  "contrast", 0.45,
                  "saturation", 0.15,
                  "hue", 0.07,
                  "grayscale_probability", 0.33,
                  "blur_probability_global1", 0.9,
                  "blur_probability_global2", 0.15,
                  "blur_probability_local", 0.45,
                  "blur_radius", "0.15 1.7",
                  "solarize_probability", 0.27));

  @TempDir Path root;

  private static MultiCrop crops(String name) {
    return name.equals("published") ? PUBLISHED : OTHER;
  }

  @ParameterizedTest
  @CsvSource({
    "published, 17, d025820ba6a15f3055cedc9e1aa3bd91c7ae03b2c12e40c39446f687d31ba0eb, 92c6249f728bd5e26b3620e7080877fffb254395100fbba0d4df0095473e30c4",
    "published, -9000000000, 0f8a75b50aaf7b0db502cd18484d32e96dc60f763dcce7b2467eccea88521356, 4889190d3ca2e900d483905943771fe02e105b087a21808dfa52d63531a736f9",
    "other, 17, 16908efe3020bc502be063dd5ec23064af09ac4f0fa19270e76d1215cd97b27a, 1eca2227c66866ccdae473f586b00dc1cccc325ddb02b0c10337dc7cd18e43b8",
    "other, -9000000000, da7b0f19b1ea6308c3ce786cd4d9e6fc2b4109ded0a409d0f180985736fb7e61, 943056415e906bc455dd613f2ffc6a144ac396ad09788d4ed1a76419be305e07",
  })
  void drawsAndBoxesAreTheSame(String name, long seed, String drawsHash, String boxesHash) {
    MultiCrop crops = crops(name);
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      ViewDraws draws = new ViewDraws(crops.choices(), crops.views());
      Operand<TFloat32> drawn = draws.draw(tf, tf.constant(new long[] {seed, 3L << 32 | 5}));
      Operand<TInt32> boxes =
          crops
              .crops()
              .boxes(tf, draws.of(tf, drawn, crops.crops()), tf.constant(new int[] {375, 500}));
      try (Result result = session.runner().fetch(drawn).fetch(boxes).run()) {
        assertEquals(drawsHash, hash(result.get(0)));
        assertEquals(boxesHash, hash(result.get(1)));
      }
    }
  }

  /** The second step of three pictures: which they are, and the means of their crops. */
  @ParameterizedTest
  @CsvSource({
    "published, 17, 6 2 3, 0.28722, 0.41332",
    "published, -9000000000, 6 4 5, 0.00689, 0.43161",
    "other, 17, 6 2 3, 0.27912, 0.34318",
    "other, -9000000000, 6 4 5, 0.11970, 0.37817",
  })
  void picturesAndViewsAreTheSame(
      String name, long seed, String pictures, double globalMean, double localMean)
      throws Exception {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      ImagePipeline pipeline =
          new ImagePipeline(
              Ops.create(graph),
              TestPictures.folder(root, 7),
              new MultiCropViews(crops(name), Normalization.published()),
              new PipelineSettings(3, 1, seed, 2, 0));
      pipeline.start(session, 1);
      try (Result result =
          session
              .runner()
              .fetch(pipeline.indices())
              .fetch(pipeline.globalCrops())
              .fetch(pipeline.localCrops().orElseThrow())
              .run()) {
        TInt64 indices = (TInt64) result.get(0);
        assertEquals(
            pictures,
            "%d %d %d".formatted(indices.getLong(0), indices.getLong(1), indices.getLong(2)));
        assertEquals(globalMean, mean((TFloat32) result.get(1)), 1e-3);
        assertEquals(localMean, mean((TFloat32) result.get(2)), 1e-3);
      }
    }
  }

  private static double mean(TFloat32 views) {
    double[] sum = new double[1];
    views.scalars().forEach(pixel -> sum[0] += pixel.getFloat());
    return sum[0] / views.size();
  }

  private static String hash(Tensor tensor) {
    byte[] bytes = new byte[(int) tensor.asRawTensor().numBytes()];
    tensor.asRawTensor().data().read(bytes);
    return Hashing.sha256().hashBytes(bytes).toString();
  }
}
