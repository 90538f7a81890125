package org.dinojvm.eval.video;

import java.util.Arrays;
import org.dinojvm.eval.pixels.Bilinear;
import org.dinojvm.eval.pixels.LabelMap;

/**
 * How much each place belongs to each class, the background being class 0.
 *
 * @param classes C
 * @param height h
 * @param width w
 * @param values C · h · w values by class, row and column; not copied
 */
public record SoftMasks(int classes, int height, int width, float[] values) {

  /** One for each place's own class, zero for the others. */
  public static SoftMasks oneHot(LabelMap labels) {
    int classes = 0;
    for (byte label : labels.labels()) {
      classes = Math.max(classes, Byte.toUnsignedInt(label) + 1);
    }
    int places = labels.labels().length;
    float[] values = new float[classes * places];
    for (int place = 0; place < places; place++) {
      values[Byte.toUnsignedInt(labels.labels()[place]) * places + place] = 1;
    }
    return new SoftMasks(classes, labels.height(), labels.width(), values);
  }

  /** Enlarges the masks, bilinear. */
  public SoftMasks enlarged(int times) {
    int places = height * width;
    float[] enlarged = new float[values.length * times * times];
    for (int label = 0; label < classes; label++) {
      float[] plane = Arrays.copyOfRange(values, label * places, (label + 1) * places);
      float[] larger = Bilinear.scaled(plane, height, width, 1, times);
      System.arraycopy(larger, 0, enlarged, label * larger.length, larger.length);
    }
    return new SoftMasks(classes, height * times, width * times, enlarged);
  }

  /**
   * Each class from 0, its least value, to 1, its largest; those that are nowhere above 0 stay. A
   * class of one value above 0 becomes not a number, as in PyTorch.
   */
  public SoftMasks normalized() {
    float[] normalized = values.clone();
    int places = height * width;
    for (int begin = 0; begin < values.length; begin += places) {
      float least = Float.POSITIVE_INFINITY;
      float most = Float.NEGATIVE_INFINITY;
      for (int i = begin; i < begin + places; i++) {
        least = Math.min(least, values[i]);
        most = Math.max(most, values[i]);
      }
      for (int i = begin; most > 0 && i < begin + places; i++) {
        normalized[i] = (values[i] - least) / (most - least);
      }
    }
    return new SoftMasks(classes, height, width, normalized);
  }

  /** The class with the largest value, of equals the first; not a number is above all. */
  public LabelMap strongest() {
    int places = height * width;
    byte[] labels = new byte[places];
    for (int place = 0; place < places; place++) {
      int best = 0;
      for (int label = 1; label < classes; label++) {
        float value = values[label * places + place];
        // Float.compare has NaN above all and 0 above −0, which no mask holds.
        if (Float.compare(value, values[best * places + place]) > 0) {
          best = label;
        }
      }
      labels[place] = (byte) best;
    }
    return new LabelMap(height, width, labels);
  }
}
