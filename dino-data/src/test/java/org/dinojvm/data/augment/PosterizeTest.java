package org.dinojvm.data.augment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.ImagePipeline;
import org.dinojvm.data.PipelineSettings;
import org.dinojvm.data.TestPictures;
import org.dinojvm.settings.Rgb;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A new augmentation is one class, and the views that have it: docs/extending.md. */
class PosterizeTest {

  private static final MultiCrop CROPS =
      MultiCrop.published().with(Map.of("global_crops_size", 8, "local_crops_number", 0));

  /** Leaves bytes as they are. */
  private static final Normalization IN_BYTES =
      new Normalization(new Rgb(0, 0, 0), new Rgb(1 / 255.0, 1 / 255.0, 1 / 255.0));

  private static final MultiCropViews VIEWS = new MultiCropViews(CROPS, IN_BYTES);

  @TempDir Path root;

  /** Pillow: {@code value & ~(2 ** (8 - bits) - 1)}. */
  @Test
  void keepsTheUpperBits() {
    float[] pixels = new float[3 * 16 * 16];
    float[] expected = new float[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = i % 256;
      expected[i] = (i % 256) & ~((1 << (8 - 3)) - 1);
    }
    assertArrayEquals(expected, applied(pixels, 0.1f));
    assertArrayEquals(pixels, applied(pixels, -0.1f));
  }

  private static float[] applied(float[] pixels, float chance) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> crop =
          tf.reshape(tf.constant(pixels), tf.constant(new int[] {3, 1, 16, 16}));
      Operand<TFloat32> result =
          Compiled.call(
              tf,
              crop,
              (ops, x) -> new Posterize(1, 3).apply(ops, x, List.of(ops.constant(chance))));
      try (Result fetched = session.runner().fetch(result).run()) {
        return floats(fetched);
      }
    }
  }

  @Test
  void happensToTheViewsOfAPipeline() throws Exception {
    for (float value : views(VIEWS.and(new Posterize(1, 1)))) {
      assertEquals(0, value % 128, 1e-3);
    }
  }

  /** What is off draws nothing, so that the seeds of runs without it mean what they meant. */
  @Test
  void changesNothingWhileItIsOff() throws Exception {
    assertArrayEquals(views(VIEWS), views(VIEWS.and(new Posterize(0, 3))));
  }

  @Test
  void isRefusedTwice() {
    MultiCropViews once = VIEWS.and(new Posterize(1, 3));
    assertThrows(IllegalArgumentException.class, () -> once.and(new Posterize(0.5, 3)));
  }

  /** Global crops of a batch. */
  private float[] views(MultiCropViews views) throws Exception {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      ImagePipeline pipeline =
          new ImagePipeline(
              Ops.create(graph), TestPictures.folder(root, 4), views, PipelineSettings.of(4, 7));
      pipeline.start(session, 0);
      try (Result batch = session.runner().fetch(pipeline.globalCrops()).run()) {
        return floats(batch);
      }
    }
  }

  private static float[] floats(Result result) {
    TFloat32 tensor = (TFloat32) result.get(0);
    float[] values = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }
}
