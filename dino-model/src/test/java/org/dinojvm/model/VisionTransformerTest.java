package org.dinojvm.model;

import static org.dinojvm.model.Computed.assertClose;
import static org.dinojvm.model.Computed.doubles;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.dinojvm.model.convolution.ResNet;
import org.dinojvm.model.head.DinoHead;
import org.dinojvm.model.head.MultiCropNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/** What a pass gives, in evaluation and while training. */
class VisionTransformerTest {

  private static final int DIM = 32;
  private static final VisionTransformer NETWORK = new VisionTransformer(4, DIM, 2, 2, 12);

  private static Mode training(Ops tf, Arithmetic arithmetic) {
    return Mode.student(0, tf.constant(new long[] {5, 6})).in(arithmetic);
  }

  @Test
  void saysWhatItCan() {
    Backbone network = NETWORK;
    assertEquals(4, network.stride());
    assertEquals(1, network.prefixTokens());
    assertEquals(2, network.attentionHeads());
    assertTrue(network.hasTokens());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTrainingPassGivesTokensToo(boolean compiled) {
    Arithmetic arithmetic = compiled ? Arithmetic.FLOAT32 : Arithmetic.PLAIN;
    List<float[]> values =
        Computed.of(
            (tf, p) -> {
              Operand<TFloat32> images = Computed.noise(tf, 8, 3, 8, 16, 3);
              Backbone.Pass pass = NETWORK.forward(tf, p, images, training(tf, arithmetic));
              Backbone.Pass plain = NETWORK.forward(tf, p, images, Mode.EVALUATION);
              return List.of(
                  pass.features(),
                  pass.tokens(),
                  pass.patchTokens(),
                  pass.lastAttention(),
                  pass.attentionMaps(),
                  pass.intermediateLayers(2).get(1),
                  plain.features(),
                  plain.tokens(),
                  plain.lastAttention(),
                  plain.intermediateLayers(2).get(0),
                  pass.intermediateLayers(2).get(0));
            });
    int tokens = 1 + 2 * 4;
    float[] all = values.get(1);
    assertEquals(3 * tokens * DIM, all.length);
    for (int picture = 0; picture < 3; picture++) {
      for (int d = 0; d < DIM; d++) {
        int start = picture * tokens * DIM;
        assertEquals(values.get(0)[picture * DIM + d], all[start + d], 1e-5f, "class token");
      }
      for (int i = 0; i < 8 * DIM; i++) {
        float patch = values.get(2)[picture * 8 * DIM + i];
        assertEquals(all[(picture * tokens + 1) * DIM + i], patch, 1e-6f, "patches follow");
      }
    }
    assertArrayEquals(all, values.get(5), 1e-6f, "the last layer's are the tokens");
    assertAttention(values.get(3), values.get(4), tokens);
    assertClose(doubles(values.get(6)), values.get(0), 2e-5);
    assertClose(doubles(values.get(7)), values.get(1), 2e-5);
    assertClose(doubles(values.get(8)), values.get(3), 2e-5);
    assertClose(doubles(values.get(9)), values.get(10), 2e-5);
  }

  /** Rows of [3, 2, T, T] sum to 1; the maps are the class token's row without itself. */
  private static void assertAttention(float[] attention, float[] maps, int tokens) {
    assertEquals(3 * 2 * tokens * tokens, attention.length);
    for (int row = 0; row < 3 * 2 * tokens; row++) {
      double sum = 0;
      for (int i = 0; i < tokens; i++) {
        sum += attention[row * tokens + i];
      }
      assertEquals(1, sum, 1e-5);
    }
    for (int head = 0; head < 6; head++) {
      for (int i = 0; i < tokens - 1; i++) {
        assertEquals(
            attention[head * tokens * tokens + 1 + i], maps[head * (tokens - 1) + i], 1e-7);
      }
    }
  }

  /** Tokens in the loss, beside the class token: gradients reach every weight. */
  @Test
  void gradientsThroughTokensAreThoseOfTheInlinePass() {
    List<float[]> compiled = tokenGradients(Arithmetic.FLOAT32);
    List<float[]> inline = tokenGradients(Arithmetic.PLAIN);
    for (int i = 0; i < inline.size(); i++) {
      assertClose(doubles(inline.get(i)), compiled.get(i), 5e-5);
    }
  }

  private static List<float[]> tokenGradients(Arithmetic arithmetic) {
    return Computed.of(
        (tf, p) -> {
          Operand<TFloat32> images = Computed.noise(tf, 8, 2, 12, 12, 3);
          Backbone.Pass pass = NETWORK.forward(tf, p, images, training(tf, arithmetic));
          Operand<TFloat32> sum =
              tf.math.add(
                  dot(tf, pass.tokens(), Computed.noise(tf, 9, 2, 10, DIM)),
                  dot(tf, pass.intermediateLayers(2).get(0), Computed.noise(tf, 3, 2, 10, DIM)));
          return gradients(tf, p, sum);
        });
  }

  private static Operand<TFloat32> dot(Ops tf, Operand<TFloat32> a, Operand<TFloat32> b) {
    return tf.reduceSum(tf.math.mul(a, b), tf.constant(new int[] {0, 1, 2}));
  }

  /** But the key's third of attention biases, which has none but rounding. */
  private static List<Operand<TFloat32>> gradients(Ops tf, Params p, Operand<TFloat32> loss) {
    List<Operand<TFloat32>> weights =
        p.trainable().stream()
            .filter(weight -> !weight.name().endsWith("qkv.bias"))
            .map(Params.Variable::value)
            .toList();
    Gradients gradients = tf.gradients(loss, weights);
    List<Operand<TFloat32>> all = new ArrayList<>();
    for (int i = 0; i < weights.size(); i++) {
      all.add(gradients.dy(i));
    }
    return all;
  }

  @Test
  void maskedPatchesAreTheMaskTokenWhateverTheyShow() {
    List<float[]> values =
        Computed.of(
            (tf, p) -> {
              Operand<TFloat32> images = Computed.noise(tf, 8, 1, 4, 8, 3);
              Operand<TFloat32> firstChanged = // patch 0 is another one
                  tf.math.add(
                      images,
                      tf.concat(
                          List.of(
                              tf.ones(tf.constant(new int[] {1, 4, 4, 3}), TFloat32.class),
                              tf.zeros(tf.constant(new int[] {1, 4, 4, 3}), TFloat32.class)),
                          tf.constant(2)));
              Operand<TBool> first =
                  tf.reshape(
                      tf.constant(new boolean[] {true, false}), tf.constant(new int[] {1, 2}));
              Operand<TBool> none =
                  tf.reshape(
                      tf.constant(new boolean[] {false, false}), tf.constant(new int[] {1, 2}));
              Mode mode = training(tf, Arithmetic.PLAIN);
              Backbone.Pass masked = NETWORK.forwardMasked(tf, p, images, first, mode);
              Operand<TFloat32> token = p.get("mask_token", Shape.of(1, DIM), Initializer.zeros());
              Gradients dToken =
                  tf.gradients(
                      dot(tf, masked.tokens(), Computed.noise(tf, 4, 1, 3, DIM)), List.of(token));
              return List.of(
                  masked.tokens(),
                  NETWORK.forwardMasked(tf, p, firstChanged, first, mode).tokens(),
                  NETWORK.forwardMasked(tf, p, images, none, mode).tokens(),
                  NETWORK.forward(tf, p, images, mode).tokens(),
                  NETWORK.forward(tf, p, firstChanged, mode).tokens(),
                  dToken.<TFloat32>dy(0));
            });
    assertArrayEquals(values.get(0), values.get(1), 1e-5f, "what is masked does not matter");
    assertArrayEquals(values.get(2), values.get(3), 1e-5f, "no mask");
    assertTrue(!java.util.Arrays.equals(values.get(3), values.get(4)), "what is not, does");
    assertTrue(!java.util.Arrays.equals(values.get(0), values.get(3)), "the mask token is seen");
    double square = 0;
    for (float number : values.get(5)) {
      square += number * number;
    }
    assertTrue(square > 1e-6, "the mask token learns");
  }

  @Test
  void aMaskTokenExistsWhereMasksAreUsedOnly() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Params p = Params.create(tf, "", 7);
      NETWORK.features(tf, p, Computed.noise(tf, 8, 2, 12, 12, 3), Mode.EVALUATION);
      assertTrue(p.variables().stream().noneMatch(w -> w.leaf().equals("mask_token")));
      assertThrows(
          IllegalArgumentException.class,
          () ->
              new ResNet(18)
                  .forwardMasked(
                      tf,
                      p,
                      Computed.noise(tf, 1, 1, 4, 4, 3),
                      tf.constant(new boolean[] {true}),
                      Mode.TEACHER));
    }
  }

  /** Exports and teachers hold nothing of a backward pass. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPassWithoutGradientsCarriesNone(boolean compiled) {
    Arithmetic arithmetic = compiled ? Arithmetic.FLOAT32.recomputing() : Arithmetic.PLAIN;
    assertEquals(0, carriers(tf -> Mode.EVALUATION.in(arithmetic)));
    assertEquals(0, carriers(tf -> Mode.TEACHER.in(arithmetic)));
    assertTrue(carriers(tf -> training(tf, arithmetic)) > 0);
  }

  private static long carriers(java.util.function.Function<Ops, Mode> mode) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Params p = Params.create(tf, "", 7);
      DinoHead head = new DinoHead(DIM, 8, 8, 8, false, true);
      new MultiCropNetwork(NETWORK, head)
          .logits(tf, p, List.of(Computed.noise(tf, 8, 2, 12, 12, 3)), mode.apply(tf));
      List<String> types = new ArrayList<>();
      graph.operations().forEachRemaining(op -> types.add(op.type()));
      List<String> carriers =
          types.stream()
              .filter(type -> type.equals("IdentityN") || type.equals("StopGradient"))
              .toList();
      return carriers.size();
    }
  }

  @Test
  void recomputedBlocksKeepNoAttentionAndNeedAKnownSize() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Params p = Params.create(tf, "", 7);
      Mode mode = training(tf, Arithmetic.PLAIN.recomputing());
      Backbone.Pass pass = NETWORK.forward(tf, p, Computed.noise(tf, 8, 2, 12, 12, 3), mode);
      assertThrows(IllegalArgumentException.class, pass::lastAttention);
      Operand<TFloat32> any =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 12, 12, 3)));
      assertThrows(IllegalArgumentException.class, () -> NETWORK.forward(tf, p, any, mode));
      assertThrows(IllegalArgumentException.class, () -> pass.intermediateLayers(3));
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThrows(IllegalArgumentException.class, () -> new VisionTransformer(4, 32, 2, 3, 12));
    assertThrows(IllegalArgumentException.class, () -> new VisionTransformer(5, 32, 2, 2, 12));
  }
}
