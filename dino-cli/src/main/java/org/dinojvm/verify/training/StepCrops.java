package org.dinojvm.verify.training;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.weights.Weight;
import org.tensorflow.ndarray.Shape;

/**
 * The crops of one step, [B, 3, H, W] each, as the published {@code MultiCropWrapper} takes them.
 *
 * @param crops one tensor a view, the two global ones first
 */
public record StepCrops(ImmutableList<Weight> crops) {

  /** The crops of a step of a file. */
  static StepCrops of(ReferenceFile file, int step, TrainSetup setup) {
    return of(file, step, setup.views(), setup.batch());
  }

  /**
   * The crops of a step of a file.
   *
   * @param views crops of each picture
   * @param batch pictures
   */
  public static StepCrops of(ReferenceFile file, int step, int views, int batch) {
    List<Weight> crops = new ArrayList<>();
    for (int view = 0; view < views; view++) {
      String name = "step%d.crop%d_nchw".formatted(step, view);
      Weight crop = file.tensor(name);
      checkArgument(
          crop.shape().numDimensions() == 4 && crop.shape().get(0) == batch,
          "'%s' is %s, the metadata has a batch of %s",
          name,
          crop,
          batch);
      crops.add(crop);
    }
    return new StepCrops(ImmutableList.copyOf(crops));
  }

  /** Number of views. */
  int views() {
    return crops.size();
  }

  /** The views that the teacher sees, [2B, 3, H, W]. */
  Weight global() {
    return Weight.concat(crops.subList(0, 2));
  }

  /** Consecutive crops of one resolution, joined: [n, 3, H, W] each. */
  List<Weight> byResolution() {
    List<Weight> groups = new ArrayList<>();
    int first = 0;
    for (int i = 1; i <= crops.size(); i++) {
      if (i == crops.size() || !crops.get(i).shape().equals(crops.get(first).shape())) {
        groups.add(Weight.concat(crops.subList(first, i)));
        first = i;
      }
    }
    return groups;
  }

  /** The shape of such pictures as the network takes them. */
  static Shape nhwc(Weight nchw) {
    return nchw.permuted(0, 2, 3, 1).shape();
  }
}
