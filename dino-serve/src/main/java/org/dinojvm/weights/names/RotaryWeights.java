package org.dinojvm.weights.names;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.weights.Weight;
import org.tensorflow.ndarray.Shape;

/** What DINOv3's published files hold beside weights, and Hugging Face's do not. */
final class RotaryWeights {

  private static final String MASK_TOKEN = "backbone.mask_token";
  private static final String PERIODS = "backbone.rope_embed.periods";
  private static final String CLS_TOKEN = "backbone.cls_token";
  private static final String QKV_BIAS = ".attn.qkv.bias";

  /** Features of a head in all released networks but the largest. */
  private static final int HEAD_DIM = 64;

  /** Width and head of the largest, ViT-7B. */
  private static final int LARGEST = 4096;

  private static final int LARGEST_HEAD_DIM = 128;

  private RotaryWeights() {}

  /**
   * With the periods and the masks of biases, the mask token as [1, D].
   *
   * @param settings may tell {@code num_heads}
   */
  static RenamedWeights completed(RenamedWeights renamed, Map<String, String> settings) {
    Map<String, Weight> weights = new LinkedHashMap<>();
    renamed
        .weights()
        .forEach(
            (name, weight) -> {
              boolean isMaskToken = name.equals(MASK_TOKEN) && weight.size() > 0;
              weights.put(name, isMaskToken ? weight.reshaped(Shape.of(1, weight.size())) : weight);
              if (name.endsWith(QKV_BIAS)) {
                weights.put(name + "_mask", maskWithoutKeys(weight.size()));
              }
              if (name.equals(CLS_TOKEN)) {
                weights.put(PERIODS, periods(weight.size(), settings.get("num_heads")));
              }
            });
    return new RenamedWeights(ImmutableMap.copyOf(weights), renamed.ignored());
  }

  /** The published periods of a network of D features: [D / heads / 4]. */
  private static Weight periods(int embedDim, String heads) {
    int usual = embedDim == LARGEST ? LARGEST_HEAD_DIM : HEAD_DIM;
    int headDim = heads == null ? usual : embedDim / Math.max(1, Integer.parseInt(heads));
    checkArgument(
        headDim > 0 && headDim % 4 == 0 && embedDim % headDim == 0,
        "%s features do not divide into heads of %s, a multiple of 4; put the model's own"
            + " config.json beside the weights",
        embedDim,
        headDim);
    float[] periods = VisionTransformer.rotaryPeriods(headDim);
    return Weight.of(Shape.of(periods.length), periods);
  }

  /** 1 for queries and values, 0 for keys: [3D]. */
  private static Weight maskWithoutKeys(int size) {
    float[] mask = new float[size];
    Arrays.fill(mask, 1);
    Arrays.fill(mask, size / 3, 2 * size / 3, 0);
    return Weight.of(Shape.of(size), mask);
  }
}
