package org.dinojvm.data.augment;

import static org.dinojvm.settings.Rules.ascending;
import static org.dinojvm.settings.Rules.ascendingFractions;
import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableList;
import java.util.Collections;
import org.dinojvm.settings.Range;
import org.dinojvm.settings.Setting;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Which boxes of a picture the views are, the squares that they are resized to, and how far the
 * picture may be reduced before.
 */
public record RandomResizedCrops(
    @Setting(
            value = "224",
            unit = "pixels",
            doc = "Side of the global crops.",
            source = "main_dino.py, DataAugmentationDINO")
        int globalCropsSize,
    @Setting(
            value = "0.4 1.0",
            unit = "share of the picture's area",
            doc = "Area of a global crop. Without local crops use 0.14 1.0.")
        Range globalCropsScale,
    @Setting(
            value = "2",
            unit = "crops",
            doc = "Global crops of each picture; as many as the method takes, one for mae.",
            source = "dino-jvm")
        int globalCropsNumber,
    @Setting(value = "8", unit = "crops", doc = "Local crops of each picture; 0 for none.")
        int localCropsNumber,
    @Setting(
            value = "96",
            unit = "pixels",
            doc = "Side of the local crops.",
            source = "main_dino.py, DataAugmentationDINO")
        int localCropsSize,
    @Setting(
            value = "0.05 0.4",
            unit = "share of the picture's area",
            doc = "Area of a local crop.")
        Range localCropsScale,
    @Setting(
            value = "0.75 1.3333",
            unit = "width / height",
            doc = "Aspect ratio of a crop before it is resized to a square.",
            source = "torchvision, RandomResizedCrop")
        Range cropRatio,
    @Setting(
            value = "bicubic",
            doc = "How crops are resized, with antialiasing.",
            source = "main_dino.py, DataAugmentationDINO")
        Interpolation interpolation,
    @Setting(
            value = "false",
            doc =
                "Decodes JPEGs at 1/2, 1/4 or 1/8 of their sides where the smallest crop keeps twice"
                    + " its view's pixels: for large photographs.",
            source = "Pillow, Image.draft")
        boolean jpegDraft)
    implements RandomChoice {

  /** Views that are global crops where there are local ones, too. */
  private static final int GLOBAL = 2;

  /** How many times a view's pixels a crop keeps along each side, as in Pillow's thumbnails. */
  private static final double REDUCING_GAP = 2;

  /** Checks numbers, sizes, areas and ratio. */
  public RandomResizedCrops {
    atLeast("global_crops_size", globalCropsSize, 1);
    require(
        globalCropsNumber == 1 || globalCropsNumber == GLOBAL,
        "global_crops_number",
        globalCropsNumber,
        "must be 1 or 2");
    atLeast("local_crops_number", localCropsNumber, 0);
    require(
        localCropsNumber == 0 || globalCropsNumber == GLOBAL,
        "local_crops_number",
        localCropsNumber,
        "must be 0 beside a single global crop");
    atLeast("local_crops_size", localCropsSize, 1);
    ascendingFractions("global_crops_scale", globalCropsScale);
    ascendingFractions("local_crops_scale", localCropsScale);
    ascending("crop_ratio", cropRatio);
  }

  /** For each try an area and a ratio's logarithm, and where between the extremes the corner is. */
  @Override
  public ImmutableList<Interval> draws(int view) {
    Interval area = Interval.of(view < GLOBAL ? globalCropsScale : localCropsScale);
    Interval logRatio =
        Interval.of(Math.log((float) cropRatio.low()), Math.log((float) cropRatio.high()));
    return ImmutableList.<Interval>builder()
        .addAll(Collections.nCopies(CropBoxes.TRIES, area))
        .addAll(Collections.nCopies(CropBoxes.TRIES, logRatio))
        .addAll(Collections.nCopies(2, Interval.of(0, 1)))
        .build();
  }

  /**
   * The least shorter side, in pixels, that a JPEG may be reduced to when it is decoded; 0 to
   * decode all of it.
   */
  public int draftSide() {
    if (!jpegDraft) {
      return 0;
    }
    double ofGlobal = globalCropsSize / shortest(globalCropsScale);
    double ofLocal = localCropsNumber == 0 ? 0 : localCropsSize / shortest(localCropsScale);
    return (int) Math.ceil(REDUCING_GAP * Math.max(ofGlobal, ofLocal));
  }

  /** The shortest side that a crop may have, as a share of the picture's shorter side. */
  private double shortest(Range scale) {
    return Math.sqrt(scale.low() * Math.min(1, Math.min(cropRatio.low(), 1 / cropRatio.high())));
  }

  /**
   * Where the views of a picture are cut out.
   *
   * @param drawn [V, k] a number from each interval of {@link #draws}
   * @param size [2] height and width of the picture
   * @return [V, 4] top, left, height, width
   */
  Operand<TInt32> boxes(Ops tf, Operand<TFloat32> drawn, Operand<TInt32> size) {
    return CropBoxes.boxes(
        tf,
        size,
        cropRatio,
        ViewDraws.columns(tf, drawn, 0, CropBoxes.TRIES),
        ViewDraws.columns(tf, drawn, CropBoxes.TRIES, CropBoxes.TRIES),
        ViewDraws.columns(tf, drawn, 2 * CropBoxes.TRIES, 2));
  }
}
