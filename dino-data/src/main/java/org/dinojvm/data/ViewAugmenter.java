package org.dinojvm.data;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dinojvm.data.ViewDraw.Effect;
import org.dinojvm.data.ViewDraw.Jitter;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Case;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.StatelessCase;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;

/**
 * Augments views of one size. Every order of the colour jitter and every set of effects is a graph
 * function of its own, chosen when a view is made: so a view pays for what it gets and no more.
 */
final class ViewAugmenter implements AutoCloseable {

  private final MultiCrop crops;
  private final int size;
  private final ImmutableList<ConcreteFunction> jitters;
  private final ImmutableList<ConcreteFunction> effects;

  /** For views of size × size pixels. */
  ViewAugmenter(MultiCrop crops, int size) {
    this.size = size;
    this.crops = crops;
    this.jitters =
        Stream.concat(ViewDraw.JITTER_ORDERS.stream(), Stream.of(ImmutableList.<Jitter>of()))
            .map(order -> ConcreteFunction.create((Ops tf) -> jitter(tf, order)))
            .collect(toImmutableList());
    this.effects =
        IntStream.range(0, 1 << Effect.values().length)
            .mapToObj(bits -> ConcreteFunction.create((Ops tf) -> effects(tf, bits)))
            .collect(toImmutableList());
  }

  /**
   * Makes views of a picture.
   *
   * @param picture [H, W, 3]
   * @return [number of draws, size, size, 3], normalised
   */
  Operand<TFloat32> views(Ops tf, Operand<TUint8> picture, List<ViewDraw> draws) {
    return tf.stack(draws.stream().map(draw -> view(tf, picture, draw)).toList());
  }

  private Operand<TFloat32> view(Ops tf, Operand<TUint8> picture, ViewDraw draw) {
    Operand<TFloat32> crop =
        Augmentations.resizedCrop(tf, picture, draw.box(), size, crops.interpolation());
    Operand<TFloat32> jittered = choose(tf, draw.jitter(), crop, draw.factors(), jitters);
    Operand<TFloat32> view = choose(tf, draw.effects(), jittered, draw.blurRadius(), effects);
    return Augmentations.normalize(tf, view, crops.mean(), crops.std());
  }

  private Operand<TFloat32> choose(
      Ops tf,
      Operand<TInt32> choice,
      Operand<TFloat32> picture,
      Operand<TFloat32> parameter,
      ImmutableList<ConcreteFunction> functions) {
    StatelessCase chosen =
        StatelessCase.create(
            tf.scope(),
            choice,
            ImmutableList.of(picture, parameter),
            ImmutableList.of(TFloat32.class),
            functions,
            Case.outputShapes(Shape.of(3, size, size)));
    return chosen.output().get(0).expect(TFloat32.class);
  }

  private Signature jitter(Ops tf, List<Jitter> order) {
    Placeholder<TFloat32> picture = picture(tf);
    Placeholder<TFloat32> factors =
        tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(Jitter.values().length)));
    Operand<TFloat32> result = tf.identity(picture);
    for (Jitter jitter : order) {
      Operand<TFloat32> factor = tf.gather(factors, tf.constant(jitter.place()), tf.constant(0));
      result =
          switch (jitter) {
            case BRIGHTNESS -> Augmentations.brightness(tf, result, factor);
            case CONTRAST -> Augmentations.contrast(tf, result, factor);
            case SATURATION -> Augmentations.saturation(tf, result, factor);
            case HUE -> Augmentations.hue(tf, result, factor);
          };
    }
    return signature("jitter_" + Joiner.on("_").join(order), picture, factors, result);
  }

  private Signature effects(Ops tf, int bits) {
    Placeholder<TFloat32> picture = picture(tf);
    Placeholder<TFloat32> blurRadius =
        tf.placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
    Operand<TFloat32> result = tf.identity(picture);
    for (Effect effect : Effect.values()) {
      if ((bits & effect.bit()) != 0) {
        result =
            switch (effect) {
              case FLIP -> Augmentations.flip(tf, result);
              case GRAYSCALE -> Augmentations.grayscale(tf, result);
              case BLUR ->
                  Augmentations.gaussianBlur(tf, result, blurRadius, crops.blurRadius().high());
              case SOLARIZE -> Augmentations.solarize(tf, result);
            };
      }
    }
    return signature("effects_" + bits, picture, blurRadius, result);
  }

  private Placeholder<TFloat32> picture(Ops tf) {
    return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(3, size, size)));
  }

  /** The name must tell sizes apart: TensorFlow's own does not. */
  private Signature signature(
      String name,
      Operand<TFloat32> picture,
      Operand<TFloat32> parameter,
      Operand<TFloat32> result) {
    return Signature.builder(name + "_" + size)
        .input("picture", picture)
        .input("parameter", parameter)
        .output("result", result)
        .build();
  }

  @Override
  public void close() {
    Iterables.concat(jitters, effects).forEach(ConcreteFunction::close);
  }
}
