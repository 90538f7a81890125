package org.dinojvm.serve.readout;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/**
 * What an export gives as a picture's features instead of the class token: parts of the last
 * blocks' tokens, and an affine map of them, such as a whitening. Its numbers are constants of the
 * graph, so that the variables stay those of the network.
 *
 * @param blocks of how many last blocks the class tokens are seen, oldest first
 * @param mean whether the mean of the last block's patch tokens follows
 * @param map what is done with these
 * @param words for the model card, e.g. {@code class token, whitened by 857 pictures}
 */
public record ReadOut(int blocks, boolean mean, Optional<Affine> map, String words) {

  /**
   * W (x − o) for each row x.
   *
   * @param offset [F], o
   * @param weight [E, F], W
   */
  public record Affine(float[] offset, float[][] weight) {

    /** Checks that it can be held by a graph. */
    public Affine {
      ConstantWeights.checkSize(
          "what features are whitened by", weight, "name fewer features, or leave --whiten out");
    }
  }

  /** Checks that something is seen. */
  public ReadOut {
    checkArgument(blocks > 0 || mean, "features of nothing: name class tokens or patches");
  }

  /** Whether it sees no more than what every backbone gives, its features. */
  public boolean seesFeaturesAlone() {
    return blocks == 1 && !mean;
  }

  /**
   * The features.
   *
   * @param seen [N, F] what is seen of each picture, see {@link TokenParts}
   * @return [N, E], or [N, F] without a map
   */
  public Operand<TFloat32> of(Ops tf, Operand<TFloat32> seen) {
    if (map.isEmpty()) {
      return seen;
    }
    Affine affine = map.get();
    long width = seen.asOutput().shape().get(1);
    checkArgument(
        width < 0 || width == affine.offset.length,
        "features are whitened as %s numbers, the model gives %s: learn it on this model",
        affine.offset.length,
        width);
    return tf.linalg.matMul(
        tf.math.sub(seen, tf.constant(affine.offset)),
        tf.constant(affine.weight),
        MatMul.transposeB(true));
  }

  /** What is seen of the last blocks [N, 2, D], oldest first: [N, F]. */
  public Operand<TFloat32> seen(Ops tf, List<Operand<TFloat32>> lastBlocks, int width) {
    return TokenParts.of(tf, lastBlocks, blocks, mean, width);
  }

  /** How many features it gives for tokens of a width. */
  public int features(int width) {
    return map.map(affine -> affine.weight.length).orElse((blocks + (mean ? 1 : 0)) * width);
  }

  /** Tells these features of a network from others of it. */
  public String fingerprint(String ofNetwork) {
    Hasher hasher = Hashing.sha256().newHasher();
    hasher.putUnencodedChars(ofNetwork).putInt(blocks).putBoolean(mean);
    map.ifPresent(
        affine -> {
          put(hasher, affine.offset);
          for (float[] row : affine.weight) {
            put(hasher, row);
          }
        });
    return hasher.hash().toString();
  }

  private static void put(Hasher hasher, float[] numbers) {
    for (float number : numbers) {
      hasher.putFloat(number);
    }
  }
}
