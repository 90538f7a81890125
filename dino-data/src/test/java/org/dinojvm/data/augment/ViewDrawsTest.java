package org.dinojvm.data.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
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
      MultiCrop crops = MultiCrop.builder().localCrops(VIEWS).build();
      ViewDraws draws = new ViewDraws(crops);
      Operand<TFloat32> drawn = draws.draw(tf, tf.constant(new long[] {5, 6}));
      Operand<TInt32> boxes = draws.boxes(tf, drawn, tf.constant(new int[] {HEIGHT, WIDTH}));
      ViewParameters parameters = ViewDraws.parameters(tf, drawn);
      try (Result result =
          session
              .runner()
              .fetch(boxes)
              .fetch(parameters.jitterOrder())
              .fetch(parameters.jitterFactors())
              .fetch(ViewDraws.flips(tf, drawn))
              .fetch(parameters.grayscale())
              .fetch(parameters.blurRadius())
              .fetch(parameters.solarize())
              .run()) {
        checkBoxes(ints(result, 0));
        checkOrders(floats(result, 1));
        checkFactors(floats(result, 2));
        assertEquals(0.5, mean(floats(result, 3)), CLOSE);
        assertEquals(0.2, mean(floats(result, 4)), CLOSE);
        checkBlur(floats(result, 5));
        assertEquals(0, mean(floats(result, 6)));
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
    double[] grey = new double[2];
    double[] flipped = new double[2];
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      ViewDraws draws = new ViewDraws(MultiCrop.builder().localCrops(0).build());
      Operand<TInt64> seed = tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(2)));
      Operand<TFloat32> drawn = draws.draw(tf, seed);
      Operand<TInt32> boxes = draws.boxes(tf, drawn, tf.constant(new int[] {HEIGHT, WIDTH}));
      ViewParameters parameters = ViewDraws.parameters(tf, drawn);
      Operand<TFloat32> flips = ViewDraws.flips(tf, drawn);
      for (long picture = 0; picture < VIEWS; picture++) {
        try (TInt64 fed = TInt64.vectorOf(7, picture);
            Result result =
                session
                    .runner()
                    .feed(seed, fed)
                    .fetch(boxes)
                    .fetch(parameters.blurRadius())
                    .fetch(parameters.solarize())
                    .fetch(parameters.grayscale())
                    .fetch(flips)
                    .run()) {
          int[] box = ints(result, 0);
          for (int view = 0; view < 2; view++) {
            double height = box[4 * view + 2];
            double width = box[4 * view + 3];
            area[view] += height * width / (HEIGHT * WIDTH) / VIEWS;
            logRatio[view] += Math.log(width / height) / VIEWS;
            blurred[view] += (floats(result, 1)[view] > 0 ? 1.0 : 0) / VIEWS;
            solarized[view] += (double) floats(result, 2)[view] / VIEWS;
            grey[view] += (double) floats(result, 3)[view] / VIEWS;
            flipped[view] += (double) floats(result, 4)[view] / VIEWS;
          }
        }
      }
    }
    double[] expected = torchvisionsAreaAndLogRatio(0.4, 1);
    for (int view = 0; view < 2; view++) {
      assertEquals(expected[0], area[view], 0.01);
      assertEquals(expected[1], logRatio[view], 0.01);
      assertEquals(0.2, grey[view], CLOSE);
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

  private static void checkOrders(float[] orders) {
    int[] counts = new int[ColorJitter.ORDER_COUNT + 1];
    for (int view = 2; view < orders.length; view++) {
      counts[(int) orders[view]]++;
    }
    assertEquals(0.2, counts[ColorJitter.NO_JITTER] / (double) VIEWS, CLOSE);
    for (int order = 0; order < ColorJitter.ORDER_COUNT; order++) {
      assertEquals(0.8 / ColorJitter.ORDER_COUNT, counts[order] / (double) VIEWS, CLOSE / 2);
    }
  }

  private static void checkFactors(float[] factors) {
    double[] lows = {0.6, 0.6, 0.8, -0.1};
    double[] highs = {1.4, 1.4, 1.2, 0.1};
    for (int i = 0; i < 4; i++) {
      int place = i;
      double[] values =
          IntStream.range(2, VIEWS + 2).mapToDouble(view -> factors[view * 4 + place]).toArray();
      assertEquals(lows[i], Arrays.stream(values).min().orElseThrow(), 0.01);
      assertEquals(highs[i], Arrays.stream(values).max().orElseThrow(), 0.01);
      assertEquals((lows[i] + highs[i]) / 2, Arrays.stream(values).average().orElseThrow(), 0.02);
    }
  }

  private static void checkBlur(float[] radii) {
    double[] blurred =
        IntStream.range(2, VIEWS + 2).mapToDouble(v -> radii[v]).filter(r -> r > 0).toArray();
    assertEquals(0.5, blurred.length / (double) VIEWS, CLOSE);
    assertEquals(1.05, Arrays.stream(blurred).average().orElseThrow(), 0.05);
    assertTrue(radii[0] >= 0.1f, "the first global crop is always blurred");
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

  private static double mean(float[] perView) {
    return IntStream.range(2, VIEWS + 2).mapToDouble(view -> perView[view]).average().orElseThrow();
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
