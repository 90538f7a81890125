package org.dinojvm.explore.report;

import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What the page shows of one picture's patches, as JSON. */
public final class PictureDetail {

  private static final int LEVELS = 65535;

  private PictureDetail() {}

  /**
   * Attention, colors and short tokens.
   *
   * @param pixels that the model saw, RGB in 0…1
   * @param space of the patches of all pictures; empty for a model without tokens
   */
  public static ImmutableMap<String, Object> json(
      PatchView view, float[] pixels, Optional<PatchSpace> space) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("side", view.side());
    json.put("rows", view.rows());
    json.put("columns", view.columns());
    json.put("picture", picture(pixels));
    json.put("heads", view.attention().length);
    json.put("attention", attention(view));
    space.ifPresent(
        shared -> {
          float[][] tokens = view.tokens().orElseThrow();
          json.put("colors", Packed.bytes(shared.colors(tokens)));
          json.put("dimensions", shared.dimensions());
          json.put("tokens", Packed.bytes(shared.shortTokens(tokens)));
        });
    return ImmutableMap.copyOf(json);
  }

  private static String picture(float[] pixels) {
    return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(Thumbnails.jpeg(pixels));
  }

  /** Each head's map by its own largest value. */
  private static String attention(PatchView view) {
    int[] levels =
        Arrays.stream(view.attention())
            .flatMapToInt(
                head -> {
                  float most = 0;
                  for (float value : head) {
                    most = Math.max(most, value);
                  }
                  float scale = LEVELS / Math.max(most, Float.MIN_NORMAL);
                  int[] scaled = new int[head.length];
                  for (int i = 0; i < head.length; i++) {
                    scaled[i] = Math.round(head[i] * scale);
                  }
                  return Arrays.stream(scaled);
                })
            .toArray();
    return Packed.shorts(levels);
  }
}
