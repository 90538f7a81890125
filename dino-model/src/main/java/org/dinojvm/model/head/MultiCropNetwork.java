package org.dinojvm.model.head;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.ArrayList;
import java.util.List;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Backbone and head as student and teacher run them (published {@code MultiCropWrapper}): crops of
 * one resolution pass through the backbone as one batch, then the features of all crops pass
 * through the head together, so that a BatchNorm there sees them all.
 */
public record MultiCropNetwork(Backbone backbone, DinoHead head) {

  public MultiCropNetwork {
    checkArgument(
        backbone.embedDim() == head.inDim(),
        "the backbone gives %s features, the head takes %s",
        backbone.embedDim(),
        head.inDim());
  }

  /**
   * The forward pass. Each resolution is a pass of its own; the first has the mode's number.
   *
   * @param p the network's registry; weights are below {@code backbone} and {@code head}
   * @param crops one tensor [n, H, W, 3] per resolution, each crop-major
   * @return [Σn, K] logits, rows in the order of the crops
   */
  public Operand<TFloat32> logits(Ops tf, Params p, List<Operand<TFloat32>> crops, Mode mode) {
    return head.logits(tf, p.at("head"), features(tf, backbone, p, crops, mode), mode);
  }

  /**
   * The backbone's part of the forward pass.
   *
   * @param p the network's registry; weights are below {@code backbone}
   * @param crops one tensor [n, H, W, 3] per resolution, each crop-major
   * @return [Σn, D] features, rows in the order of the crops
   */
  public static Operand<TFloat32> features(
      Ops tf, Backbone backbone, Params p, List<Operand<TFloat32>> crops, Mode mode) {
    List<Operand<TFloat32>> features = new ArrayList<>();
    for (int i = 0; i < crops.size(); i++) {
      Mode ofResolution = mode.forPass(mode.pass() + i);
      features.add(backbone.features(tf, p.at("backbone"), crops.get(i), ofResolution));
    }
    return features.size() == 1 ? features.get(0) : tf.concat(features, tf.constant(0));
  }
}
