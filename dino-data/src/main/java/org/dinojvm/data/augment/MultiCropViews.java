package org.dinojvm.data.augment;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
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

/**
 * Makes the views of a picture: random numbers are drawn, boxes cut out and resized, crops
 * augmented and normalized.
 *
 * <p>Letters in shapes: V views, n of them of one size of S pixels, W random numbers a view.
 */
public final class MultiCropViews {

  private final MultiCrop crops;
  private final Normalization normalization;
  private final ImmutableList<RandomChoice> choices;
  private final ImmutableList<Augmentation> augmentations;
  private final ImmutableList<Resolution> resolutions;
  private final ViewDraws draws;

  /** Views by these settings. */
  public MultiCropViews(MultiCrop crops, Normalization normalization) {
    this(crops, normalization, crops.choices());
  }

  private MultiCropViews(
      MultiCrop crops, Normalization normalization, ImmutableList<RandomChoice> choices) {
    this.crops = crops;
    this.normalization = normalization;
    this.choices = choices.stream().filter(RandomChoice::isOn).collect(toImmutableList());
    this.augmentations =
        this.choices.stream()
            .filter(Augmentation.class::isInstance)
            .map(Augmentation.class::cast)
            .collect(toImmutableList());
    this.resolutions = Resolution.of(crops);
    this.draws = new ViewDraws(this.choices, crops.views());
    checkNames();
  }

  private void checkNames() {
    Set<String> names = new HashSet<>();
    for (Augmentation each : augmentations) {
      checkArgument(names.add(each.name()), "%s is there twice; leave one out", each.name());
    }
  }

  /** The same views with one more augmentation behind the others. */
  public MultiCropViews and(Augmentation more) {
    return new MultiCropViews(
        crops,
        normalization,
        ImmutableList.<RandomChoice>builder().addAll(choices).add(more).build());
  }

  /** The sizes of views, the global crops' first. */
  public ImmutableList<Resolution> resolutions() {
    return resolutions;
  }

  /** The least shorter side of a JPEG that is decoded for them; 0 for all of it. */
  public int draftSide() {
    return crops.crops().draftSide();
  }

  /**
   * Makes all views of one picture.
   *
   * @param picture [H, W, 3]
   * @param seed [2] of the draws
   * @return [n, S, S, 3] for each resolution
   */
  public ImmutableList<Operand<TFloat32>> of(
      Ops tf, Operand<TUint8> picture, Operand<TInt64> seed) {
    Operand<TFloat32> drawn = draws.draw(tf, seed);
    Operand<TInt32> boxes =
        crops
            .crops()
            .boxes(tf, draws.of(tf, drawn, crops.crops()), PictureDecoder.size(tf, picture));
    return resolutions.stream()
        .map(r -> views(tf, r, picture, r.rows(tf, boxes), r.rows(tf, drawn)))
        .collect(toImmutableList());
  }

  /**
   * Views of one resolution.
   *
   * @param boxes [n, 4]
   * @param drawn [n, W]
   * @return [n, S, S, 3]
   */
  private Operand<TFloat32> views(
      Ops tf,
      Resolution r,
      Operand<TUint8> picture,
      Operand<TInt32> boxes,
      Operand<TFloat32> drawn) {
    Operand<TFloat32> resized =
        new Resampling(crops.crops().interpolation(), r.size())
            .crops(tf, picture, boxes, flips(tf, drawn));
    return Compiled.call(tf, ops -> augment(ops, r), ImmutableList.of(resized, drawn));
  }

  /** Which views are mirrored, [n, 1]: 1 to mirror, else 0. */
  private Operand<TFloat32> flips(Ops tf, Operand<TFloat32> drawn) {
    return tf.dtypes.cast(
        tf.math.greater(draws.of(tf, drawn, crops.flip()), tf.constant(0f)), TFloat32.class);
  }

  /** (resized [n, S, 3, S], drawn [n, W]) → views [n, S, S, 3]. */
  private Signature augment(Ops tf, Resolution r) {
    Placeholder<TFloat32> resized =
        tf.placeholder(
            TFloat32.class, Placeholder.shape(Shape.of(r.count(), r.size(), 3, r.size())));
    Placeholder<TFloat32> drawn =
        tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(r.count(), draws.width())));
    return Signature.builder(Compiled.unique("augment"))
        .input("resized", resized)
        .input("drawn", drawn)
        .output("views", augmented(tf, augmentations(r), resized, drawn))
        .build();
  }

  /** Those that may happen to a view of a resolution, in their order. */
  private ImmutableList<Augmentation> augmentations(Resolution r) {
    return augmentations.stream()
        .filter(each -> IntStream.range(r.first(), r.first() + r.count()).anyMatch(each::mayHappen))
        .collect(toImmutableList());
  }

  /**
   * Augments and normalizes crops by all augmentations. Needs {@link Compiled}.
   *
   * @param resized [n, S, 3, S] from {@link Resampling#crops}
   * @param drawn [n, W]
   * @return [n, S, S, 3]
   */
  Operand<TFloat32> augmented(Ops tf, Operand<TFloat32> resized, Operand<TFloat32> drawn) {
    return augmented(tf, augmentations, resized, drawn);
  }

  /**
   * Augments and normalizes crops, one after the other, so that each costs only what happens to it
   * and stays in the cache meanwhile. Needs {@link Compiled}.
   *
   * @param resized [n, S, 3, S] from {@link Resampling#crops}
   * @param drawn [n, W]
   * @return [n, S, S, 3]
   */
  private Operand<TFloat32> augmented(
      Ops tf, List<Augmentation> these, Operand<TFloat32> resized, Operand<TFloat32> drawn) {
    int count = (int) resized.shape().get(0);
    int size = (int) resized.shape().get(1);
    Operand<TFloat32> views =
        tf.zeros(tf.constant(new int[] {count, size, size, 3}), TFloat32.class);
    return Compiled.loop(
        tf,
        tf.constant(count),
        tf.ensureShape(views, Shape.of(count, size, size, 3)),
        ImmutableList.of(resized, drawn),
        (ops, i, all, inputs) -> {
          Operand<TInt32> zero = ops.constant(0);
          Operand<TInt32> start = ops.stack(ImmutableList.of(i, zero, zero, zero));
          Operand<TFloat32> one =
              ops.slice(inputs.get(0), start, ops.constant(new int[] {1, size, 3, size}));
          Operand<TFloat32> planes = // [3, 1, S, S]
              ImageOps.bytes(ops, ops.linalg.transpose(one, ops.constant(new int[] {2, 0, 1, 3})));
          // Not by slices: TensorFlow moves what only a branch needs into it, where XLA then misses
          // that a slice's place is a constant.
          List<Operand<TFloat32>> own =
              ImmutableList.copyOf(
                  ops.unstack(ops.gather(inputs.get(1), i, ops.constant(0)), (long) draws.width())
                      .output());
          Operand<TFloat32> view =
              ImageOps.normalize(ops, augmentedOne(ops, these, planes, own), normalization);
          return Compiled.put(
              ops, all, ops.linalg.transpose(view, ops.constant(new int[] {1, 2, 3, 0})), start);
        });
  }

  /** (crop [3, 1, S, S], W numbers []) → [3, 1, S, S]. */
  private Operand<TFloat32> augmentedOne(
      Ops tf, List<Augmentation> these, Operand<TFloat32> crop, List<Operand<TFloat32>> drawn) {
    Operand<TFloat32> augmented = crop;
    for (Augmentation each : these) {
      augmented = each.apply(tf, augmented, draws.ofOne(drawn, each));
    }
    return augmented;
  }
}
