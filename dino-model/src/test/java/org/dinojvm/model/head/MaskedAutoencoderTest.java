package org.dinojvm.model.head;

import static org.dinojvm.model.Computed.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.dinojvm.model.Arithmetic;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Computed;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.model.mask.RandomRemoval;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Encoder and decoder of masked autoencoders against passes that see all, and properties. */
class MaskedAutoencoderTest {

  private static final int DIM = 8;
  private static final int SIDE = 8;
  private static final int PATCHES = 4;
  private static final int PREFIX = 1;
  private static final VisionTransformer ENCODER = new VisionTransformer(4, DIM, 2, 2, SIDE);
  private static final MaeDecoder DECODER =
      new MaeDecoder(DIM, PREFIX, new VisionTransformer(4, DIM, 1, 2, SIDE));

  private static Mode training(Ops tf) {
    return Mode.student(0, tf.constant(new long[] {5, 6})).in(Arithmetic.PLAIN);
  }

  /** Attention does not know an order but by positions, which go with their patches. */
  @Test
  void allPatchesInAnotherOrderAreTheSameTokensInThatOrder() {
    int[][] orders = {{2, 0, 3, 1}, {3, 1, 0, 2}};
    List<float[]> values =
        Computed.of(
            (tf, p) -> {
              Operand<TFloat32> images = Computed.noise(tf, 8, 2, SIDE, SIDE, 3);
              Operand<TFloat32> all = ENCODER.forward(tf, p, images, training(tf)).tokens();
              Operand<TFloat32> some =
                  ENCODER.forwardVisible(tf, p, images, tf.constant(orders), training(tf)).tokens();
              return List.of(all, some, ofKernel(tf, p, all), ofKernel(tf, p, some));
            });
    float[] expected = values.get(0).clone();
    for (int picture = 0; picture < 2; picture++) {
      for (int i = 0; i < PATCHES; i++) {
        int from = (picture * (PREFIX + PATCHES) + PREFIX + orders[picture][i]) * DIM;
        int to = (picture * (PREFIX + PATCHES) + PREFIX + i) * DIM;
        System.arraycopy(values.get(0), from, expected, to, DIM);
      }
    }
    assertArrayEquals(expected, values.get(1), 1e-5f);
    assertClose(doubles(values.get(2)), values.get(3), 2e-5); // gradients
  }

  /** Of the sum of squares of the tokens' first features, for the patches' projection. */
  private static Operand<TFloat32> ofKernel(Ops tf, Params p, Operand<TFloat32> tokens) {
    Operand<TFloat32> first =
        tf.slice(tokens, tf.constant(new int[3]), tf.constant(new int[] {-1, -1, 1}));
    Operand<TFloat32> sum = tf.reduceSum(tf.math.square(first), tf.constant(new int[] {0, 1, 2}));
    Gradients gradients = tf.gradients(sum, List.of(p.variable("patch_embed.proj.kernel").value()));
    return gradients.dy(0);
  }

  @Test
  void whatIsNotSeenChangesNothing() {
    List<float[]> values =
        Computed.of(
            (tf, p) -> {
              Operand<TFloat32> images = Computed.noise(tf, 8, 1, SIDE, SIDE, 3);
              Operand<TFloat32> right = // of both rows of patches another picture
                  tf.concat(
                      List.of(left(tf, images), left(tf, Computed.noise(tf, 9, 1, SIDE, SIDE, 3))),
                      tf.constant(2));
              Operand<TInt32> seen = tf.constant(new int[][] {{0, 2}}); // left column
              return List.of(
                  features(tf, p, images, seen),
                  features(tf, p, tf.ensureShape(right, Shape.of(1, SIDE, SIDE, 3)), seen),
                  ENCODER.features(tf, p, images, training(tf)));
            });
    assertArrayEquals(values.get(0), values.get(1));
    assertFalse(Arrays.equals(values.get(0), values.get(2)));
  }

  private static Operand<TFloat32> features(
      Ops tf, Params p, Operand<TFloat32> images, Operand<TInt32> seen) {
    Backbone.Pass pass = ENCODER.forwardVisible(tf, p, images, seen, training(tf));
    return pass.features();
  }

  private static Operand<TFloat32> left(Ops tf, Operand<TFloat32> images) {
    return tf.slice(images, tf.constant(new int[4]), tf.constant(new int[] {-1, -1, SIDE / 2, -1}));
  }

  /** The patches with the smallest numbers stay, and everything finds its place again. */
  @Test
  void removalIsByTheOrderOfTheNumbers() {
    int patches = 9;
    int kept = 3;
    List<float[]> values =
        Computed.of(
            (tf, p) -> {
              Operand<TFloat32> draws = Computed.noise(tf, 4, 2, patches);
              RandomRemoval removal = RandomRemoval.of(tf, draws, kept);
              Operand<TFloat32> seen = Computed.noise(tf, 5, 2, kept, 2);
              Operand<TFloat32> token = tf.constant(new float[][][] {{{7, 8}}});
              return List.of(
                  draws,
                  tf.dtypes.cast(removal.visible(), TFloat32.class),
                  removal.removed(tf),
                  seen,
                  removal.restored(tf, seen, token, 2));
            });
    for (int picture = 0; picture < 2; picture++) {
      float[] draws = values.get(0);
      int start = picture * patches;
      int[] order =
          IntStream.range(0, patches)
              .boxed()
              .sorted(Comparator.comparing(i -> draws[start + i]))
              .mapToInt(i -> i)
              .toArray();
      for (int place = 0; place < patches; place++) {
        int patch = start + order[place];
        assertEquals(place < kept ? 0 : 1, values.get(2)[patch]);
        if (place < kept) {
          int seen = picture * kept + place;
          assertEquals(order[place], values.get(1)[seen]);
          assertEquals(values.get(3)[2 * seen], values.get(4)[2 * patch]);
        } else {
          assertEquals(7, values.get(4)[2 * patch]);
          assertEquals(8, values.get(4)[2 * patch + 1]);
        }
      }
    }
  }

  /** Seen tokens lie in the order of their numbers, which the decoder must not depend on. */
  @Test
  void theDecoderPutsTokensWhereTheirPatchesAre() {
    float[][] draws = {{.4f, .1f, .9f, .3f}}; // 1 and 3 stay
    float[][] swapped = {{.4f, .3f, .9f, .1f}}; // 3 and 1
    List<float[]> values =
        Computed.of(
            (tf, p) -> {
              Operand<TFloat32> cls = Computed.noise(tf, 1, 1, 1, DIM);
              Operand<TFloat32> one = Computed.noise(tf, 2, 1, 1, DIM);
              Operand<TFloat32> three = Computed.noise(tf, 3, 1, 1, DIM);
              return List.of(
                  pixels(tf, p, List.of(cls, one, three), draws),
                  pixels(tf, p, List.of(cls, three, one), swapped),
                  pixels(tf, p, List.of(cls, three, one), draws));
            });
    assertEquals(PATCHES * 4 * 4 * 3, values.get(0).length);
    assertArrayEquals(values.get(0), values.get(1), 1e-6f);
    assertFalse(Arrays.equals(values.get(0), values.get(2)));
  }

  private static Operand<TFloat32> pixels(
      Ops tf, Params p, List<Operand<TFloat32>> tokens, float[][] draws) {
    Operand<TFloat32> seen =
        tf.ensureShape(tf.concat(tokens, tf.constant(1)), Shape.of(1, tokens.size(), DIM));
    return DECODER.of(tf, p, seen, RandomRemoval.of(tf, tf.constant(draws), 2), training(tf));
  }

  private static double[] doubles(float[] numbers) {
    return IntStream.range(0, numbers.length).mapToDouble(i -> numbers[i]).toArray();
  }
}
