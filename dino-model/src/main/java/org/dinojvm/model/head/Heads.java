package org.dinojvm.model.head;

import org.dinojvm.model.head.MlpHead.Layer;
import org.dinojvm.model.head.MlpHead.Norm;

/**
 * The published projectors and predictors. Where libraries differ in a bias that has no gradient or
 * none of a consequence, the variant is a parameter.
 */
public final class Heads {

  private Heads() {}

  /** SimCLR (Chen et al. 2020, appendix B.1): two layers, BatchNorm after both. */
  public static MlpHead simClr(int inDim, int hiddenDim, int outDim) {
    return MlpHead.of(inDim, Layer.hidden(hiddenDim), Layer.normed(outDim, Norm.AFFINE));
  }

  /** solo-learn's SimCLR: two layers with biases, no BatchNorm. */
  public static MlpHead simClrWithoutNorm(int inDim, int hiddenDim, int outDim) {
    return MlpHead.of(
        inDim, new Layer(hiddenDim, true, Norm.NONE, true), Layer.linear(outDim, true));
  }

  /** MoCo v3's projector for ViTs ({@code _build_mlp(3, …)}): the last BatchNorm is not affine. */
  public static MlpHead mocoProjection(int inDim, int hiddenDim, int outDim) {
    return threeLayers(inDim, hiddenDim, Layer.normed(outDim, Norm.PLAIN));
  }

  /** MoCo v3's projector for ResNets ({@code _build_mlp(2, …)}). */
  public static MlpHead mocoShortProjection(int inDim, int hiddenDim, int outDim) {
    return MlpHead.of(inDim, Layer.hidden(hiddenDim), Layer.normed(outDim, Norm.PLAIN));
  }

  /**
   * MoCo v3's predictor.
   *
   * @param lastNorm whether it ends in a BatchNorm, as for ViTs
   */
  public static MlpHead mocoPrediction(int dim, int hiddenDim, boolean lastNorm) {
    return MlpHead.of(
        dim,
        Layer.hidden(hiddenDim),
        lastNorm ? Layer.normed(dim, Norm.PLAIN) : Layer.linear(dim, false));
  }

  /**
   * BYOL's projector and predictor (Grill et al. 2020, section 3.3), and SwAV's projector: two
   * layers, BatchNorm in between.
   */
  public static MlpHead twoLayers(int inDim, int hiddenDim, int outDim, boolean lastBias) {
    return MlpHead.of(inDim, Layer.hidden(hiddenDim), Layer.linear(outDim, lastBias));
  }

  /** SimSiam's projector (Chen and He 2021, section 3): the last BatchNorm is not affine. */
  public static MlpHead simSiamProjection(int inDim, int hiddenDim, int outDim) {
    return threeLayers(inDim, hiddenDim, Layer.normed(outDim, Norm.PLAIN));
  }

  /** The expander of Barlow Twins and VICReg: three layers, BatchNorm after two. */
  public static MlpHead expander(int inDim, int hiddenDim, int outDim, boolean lastBias) {
    return threeLayers(inDim, hiddenDim, Layer.linear(outDim, lastBias));
  }

  private static MlpHead threeLayers(int inDim, int hiddenDim, Layer last) {
    return MlpHead.of(inDim, Layer.hidden(hiddenDim), Layer.hidden(hiddenDim), last);
  }
}
