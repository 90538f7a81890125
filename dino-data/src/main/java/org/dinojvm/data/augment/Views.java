package org.dinojvm.data.augment;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import org.dinojvm.data.source.PictureDecoder;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/** The views of a picture: random numbers are drawn, boxes cut out and resized, crops augmented. */
public final class Views {

  private final MultiCrop crops;
  private final ViewDraws draws;
  private final ImmutableList<Resolution> resolutions;

  /** Views by these settings. */
  public Views(MultiCrop crops) {
    this.crops = crops;
    this.draws = new ViewDraws(crops);
    this.resolutions = Resolution.of(crops);
  }

  /** The sizes of views, the global crops' first. */
  public ImmutableList<Resolution> resolutions() {
    return resolutions;
  }

  /**
   * Makes all views of one picture.
   *
   * @param picture [H, W, 3]
   * @param seed [2] of the draws
   * @return [n, s, s, 3] for each resolution of n views of s pixels, normalised
   */
  public ImmutableList<Operand<TFloat32>> of(
      Ops tf, Operand<TUint8> picture, Operand<TInt64> seed) {
    Operand<TFloat32> drawn = draws.draw(tf, seed);
    Operand<TInt32> boxes = draws.boxes(tf, drawn, PictureDecoder.size(tf, picture));
    return resolutions.stream()
        .map(r -> views(tf, r, picture, r.rows(tf, boxes), r.rows(tf, drawn)))
        .collect(toImmutableList());
  }

  /**
   * Views of one resolution.
   *
   * @param boxes [n, 4]
   * @param drawn [n, …]
   * @return [n, s, s, 3]
   */
  private Operand<TFloat32> views(
      Ops tf,
      Resolution r,
      Operand<TUint8> picture,
      Operand<TInt32> boxes,
      Operand<TFloat32> drawn) {
    Operand<TFloat32> resized =
        new Resampling(crops.interpolation(), r.size())
            .crops(tf, picture, boxes, ViewDraws.flips(tf, drawn));
    return Compiled.call(tf, ops -> augment(ops, r), ImmutableList.of(resized, drawn));
  }

  /** (resized [n, s, 3, s], drawn [n, …]) → normalised views [n, s, s, 3]. */
  private Signature augment(Ops tf, Resolution r) {
    Placeholder<TFloat32> resized =
        tf.placeholder(
            TFloat32.class, Placeholder.shape(Shape.of(r.count(), r.size(), 3, r.size())));
    Placeholder<TFloat32> drawn =
        tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(r.count(), ViewDraws.WIDTH)));
    return Signature.builder(Compiled.unique("augment"))
        .input("resized", resized)
        .input("drawn", drawn)
        .output("views", ViewDraws.parameters(tf, drawn).views(tf, resized, crops))
        .build();
  }
}
