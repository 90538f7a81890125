package org.dinojvm.data.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/** The draws' distributions, over so many local views of one 500 × 375 picture. */
class ViewDrawsTest {

  private static final int VIEWS = 10_000;
  private static final int HEIGHT = 375;
  private static final int WIDTH = 500;

  /** Five standard deviations of the mean of this many draws from [0, 1], or fewer. */
  private static final double CLOSE = 5 * 0.5 / Math.sqrt(VIEWS);

  @Test
  void areDistributedAsPublished() {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      MultiCrop crops = MultiCrop.published().with(Map.of("local_crops_number", VIEWS));
      ViewDraws draws = new ViewDraws(crops.choices(), crops.views());
      Operand<TFloat32> drawn = draws.draw(tf, tf.constant(new long[] {5, 6}));
      try (Result result =
          session
              .runner()
              .fetch(boxes(tf, crops, draws, drawn))
              .fetch(draws.of(tf, drawn, crops.jitter()))
              .fetch(draws.of(tf, drawn, crops.flip()))
              .fetch(draws.of(tf, drawn, crops.grayscale()))
              .fetch(draws.of(tf, drawn, crops.blur()))
              .fetch(draws.of(tf, drawn, crops.solarize()))
              .run()) {
        checkBoxes(ints(result, 0));
        checkOrders(floats(result, 1));
        checkFactors(floats(result, 1));
        assertEquals(0.5, share(floats(result, 2)), CLOSE);
        assertEquals(0.2, share(floats(result, 3)), CLOSE);
        checkBlur(floats(result, 4));
        assertEquals(0, share(floats(result, 5)));
      }
    }
  }

  /**
   * The global views of so many pictures. A box of up to the whole area need not fit, so its oracle
   * are torchvision's tries, in plain Java.
   */
  @Test
  void globalViewsAreDistributedAsPublished() {
    double[] area = new double[2];
    double[] logRatio = new double[2];
    double[] blurred = new double[2];
    double[] solarized = new double[2];
    double[] gray = new double[2];
    double[] flipped = new double[2];
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      MultiCrop crops = MultiCrop.published().with(Map.of("local_crops_number", 0));
      ViewDraws draws = new ViewDraws(crops.choices(), crops.views());
      Operand<TInt64> seed = tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(2)));
      Operand<TFloat32> drawn = draws.draw(tf, seed);
      Operand<TInt32> boxes = boxes(tf, crops, draws, drawn);
      Operand<TFloat32> blur = draws.of(tf, drawn, crops.blur());
      Operand<TFloat32> solarize = draws.of(tf, drawn, crops.solarize());
      Operand<TFloat32> grayscale = draws.of(tf, drawn, crops.grayscale());
      Operand<TFloat32> flip = draws.of(tf, drawn, crops.flip());
      for (long picture = 0; picture < VIEWS; picture++) {
        try (TInt64 fed = TInt64.vectorOf(7, picture);
            Result result =
                session
                    .runner()
                    .feed(seed, fed)
                    .fetch(boxes)
                    .fetch(blur)
                    .fetch(solarize)
                    .fetch(grayscale)
                    .fetch(flip)
                    .run()) {
          int[] box = ints(result, 0);
          for (int view = 0; view < 2; view++) {
            double height = box[4 * view + 2];
            double width = box[4 * view + 3];
            area[view] += height * width / (HEIGHT * WIDTH) / VIEWS;
            logRatio[view] += Math.log(width / height) / VIEWS;
            blurred[view] += happens(floats(result, 1)[2 * view]) / VIEWS;
            solarized[view] += happens(floats(result, 2)[view]) / VIEWS;
            gray[view] += happens(floats(result, 3)[view]) / VIEWS;
            flipped[view] += happens(floats(result, 4)[view]) / VIEWS;
          }
        }
      }
    }
    double[] expected = torchvisionsAreaAndLogRatio(0.4, 1);
    for (int view = 0; view < 2; view++) {
      assertEquals(expected[0], area[view], 0.01);
      assertEquals(expected[1], logRatio[view], 0.01);
      assertEquals(0.2, gray[view], CLOSE);
      assertEquals(0.5, flipped[view], CLOSE);
    }
    assertEquals(1, blurred[0], 1e-9);
    assertEquals(0.1, blurred[1], CLOSE);
    assertEquals(0, solarized[0]);
    assertEquals(0.2, solarized[1], CLOSE);
  }

  /** Means over many boxes of RandomResizedCrop.get_params. */
  private static double[] torchvisionsAreaAndLogRatio(double low, double high) {
    Random random = new Random(1);
    int boxes = 200_000;
    double area = 0;
    double logRatio = 0;
    for (int i = 0; i < boxes; i++) {
      double width = WIDTH; // 4 : 3 is allowed, so what is left when no try fits is the picture
      double height = HEIGHT;
      for (int tried = 0; tried < CropBoxes.TRIES; tried++) {
        double target = (low + (high - low) * random.nextDouble()) * HEIGHT * WIDTH;
        double ratio = Math.exp((2 * random.nextDouble() - 1) * Math.log(4 / 3.0));
        double w = Math.rint(Math.sqrt(target * ratio));
        double h = Math.rint(Math.sqrt(target / ratio));
        if (w <= WIDTH && h <= HEIGHT) {
          width = w;
          height = h;
          break;
        }
      }
      area += width * height / (HEIGHT * WIDTH) / boxes;
      logRatio += Math.log(width / height) / boxes;
    }
    return new double[] {area, logRatio};
  }

  /**
   * Area U(0.05, 0.4), ratio log-uniform, place uniform; in a 4 : 3 picture all first tries fit.
   */
  private static void checkBoxes(int[] boxes) {
    double area = meanOfBoxes(boxes, b -> b[2] * b[3] / (double) (HEIGHT * WIDTH));
    double logRatio = meanOfBoxes(boxes, b -> Math.log(b[3] / (double) b[2]));
    double spread = meanOfBoxes(boxes, b -> Math.abs(Math.log(b[3] / (double) b[2])));
    double top = meanOfBoxes(boxes, b -> b[0] / (double) (HEIGHT - b[2]));
    double left = meanOfBoxes(boxes, b -> b[1] / (double) (WIDTH - b[3]));
    assertEquals(0.225, area, 0.005);
    assertEquals(0, logRatio, 0.01);
    assertEquals(Math.log(4 / 3.0) / 2, spread, 0.01);
    assertEquals(0.5, top, CLOSE);
    assertEquals(0.5, left, CLOSE);
    assertTrue(meanOfBoxes(boxes, b -> inside(b) ? 1 : 0) == 1, "boxes inside the picture");
  }

  /** All 24 orders alike, each of those views that are changed at all. */
  private static void checkOrders(float[] jitter) {
    int[] counts = new int[24];
    int unchanged = 0;
    for (int view = 2; view < VIEWS + 2; view++) {
      if (jitter[6 * view] > 0) {
        counts[(int) jitter[6 * view + 1]]++;
      } else {
        unchanged++;
      }
    }
    assertEquals(0.2, unchanged / (double) VIEWS, CLOSE);
    for (int count : counts) {
      assertEquals(0.8 / counts.length, count / (double) VIEWS, CLOSE / 2);
    }
  }

  private static void checkFactors(float[] jitter) {
    double[] lows = {0.6, 0.6, 0.8, -0.1};
    double[] highs = {1.4, 1.4, 1.2, 0.1};
    for (int i = 0; i < 4; i++) {
      int place = 2 + i;
      double[] values =
          IntStream.range(2, VIEWS + 2).mapToDouble(view -> jitter[view * 6 + place]).toArray();
      assertEquals(lows[i], Arrays.stream(values).min().orElseThrow(), 0.01);
      assertEquals(highs[i], Arrays.stream(values).max().orElseThrow(), 0.01);
      assertEquals((lows[i] + highs[i]) / 2, Arrays.stream(values).average().orElseThrow(), 0.02);
    }
  }

  private static void checkBlur(float[] blur) {
    double[] radii =
        IntStream.range(2, VIEWS + 2)
            .filter(view -> blur[2 * view] > 0)
            .mapToDouble(view -> blur[2 * view + 1])
            .toArray();
    assertEquals(0.5, radii.length / (double) VIEWS, CLOSE);
    assertEquals(1.05, Arrays.stream(radii).average().orElseThrow(), 0.05);
    assertTrue(blur[0] > 0 && blur[1] >= 0.1f, "the first global crop is always blurred");
  }

  private static Operand<TInt32> boxes(
      Ops tf, MultiCrop crops, ViewDraws draws, Operand<TFloat32> drawn) {
    return crops
        .crops()
        .boxes(tf, draws.of(tf, drawn, crops.crops()), tf.constant(new int[] {HEIGHT, WIDTH}));
  }

  private static boolean inside(int[] box) {
    return box[0] >= 0 && box[1] >= 0 && box[0] + box[2] <= HEIGHT && box[1] + box[3] <= WIDTH;
  }

  private static double meanOfBoxes(int[] boxes, ToDoubleFunction<int[]> value) {
    return IntStream.range(2, VIEWS + 2)
        .mapToObj(view -> Arrays.copyOfRange(boxes, 4 * view, 4 * view + 4))
        .mapToDouble(value)
        .average()
        .orElseThrow();
  }

  /** The share of local views for which something happens. */
  private static double share(float[] chances) {
    return IntStream.range(2, VIEWS + 2).mapToDouble(v -> happens(chances[v])).sum() / VIEWS;
  }

  private static double happens(float chance) {
    return chance > 0 ? 1 : 0;
  }

  private static int[] ints(Result result, int index) {
    TInt32 tensor = (TInt32) result.get(index);
    int[] values = new int[(int) tensor.size()];
    tensor.asRawTensor().data().asInts().read(values);
    return values;
  }

  private static float[] floats(Result result, int index) {
    TFloat32 tensor = (TFloat32) result.get(index);
    float[] values = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }
}
