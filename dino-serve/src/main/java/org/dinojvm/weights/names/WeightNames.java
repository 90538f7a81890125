package org.dinojvm.weights.names;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.dinojvm.weights.Weight;

/** Under whose names weights are written. */
public enum WeightNames {
  /** The published checkpoints' network: {@code backbone.*} and {@code head.*}. */
  PUBLISHED {
    @Override
    public ImmutableMap<String, Weight> of(Map<String, Weight> published) {
      return ConvNextNames.isConvNext(published)
          ? ConvNextNames.withRepetition(published)
          : ImmutableMap.copyOf(published);
    }
  },
  /** The backbone alone, as the published backbone files and timm have it. */
  TIMM {
    @Override
    public ImmutableMap<String, Weight> of(Map<String, Weight> published) {
      if (ConvNextNames.isConvNext(published)) {
        return ConvNextNames.TIMM.fromPublished(published);
      } else if (XcitNames.isXcit(published)) {
        return XcitNames.toTimm(published);
      }
      return TimmVitNames.toTimm(published);
    }
  },
  /** The backbone alone, a Vision Transformer or a ConvNeXt, as transformers' model has it. */
  HUGGINGFACE {
    @Override
    public ImmutableMap<String, Weight> of(Map<String, Weight> published) {
      return ConvNextNames.isConvNext(published)
          ? ConvNextNames.HUGGINGFACE.fromPublished(published)
          : HuggingFaceNames.fromPublished(published);
    }
  };

  /**
   * Weights under these names; copies nothing.
   *
   * @param published weights by published name
   * @throws IllegalArgumentException if there are no such names for the network
   */
  public abstract ImmutableMap<String, Weight> of(Map<String, Weight> published);
}
