package org.dinojvm.eval.linear;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.dinojvm.data.augment.ImageOps;
import org.dinojvm.data.augment.Interpolation;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.PictureDecoder;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * The training views of DINO's linear probe: {@code RandomResizedCrop(224)}, bilinear, of 8 to 100
 * % of the area and ratios of 3/4 to 4/3, and {@code RandomHorizontalFlip} ({@code
 * eval_linear.py}).
 */
final class TrainingCrops implements AutoCloseable {

  private static final double LEAST_AREA = 0.08;
  private static final double LARGEST_RATIO = 4.0 / 3;
  private static final int TRIES = 10;

  private final int side;
  private final Graph graph = new Graph();
  private final Session session;
  private final Placeholder<TString> encoded;
  private final Placeholder<TUint8> decoded;
  private final Placeholder<TInt32> box;
  private final Operand<TUint8> picture;
  private final Operand<TFloat32> crop;

  /** Crops of a side, in pixels. */
  TrainingCrops(int side) {
    this.side = side;
    Ops tf = Ops.create(graph);
    encoded = tf.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
    decoded = tf.placeholder(TUint8.class, Placeholder.shape(Shape.of(-1, -1, 3)));
    box = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(1, 4)));
    picture = PictureDecoder.decode(tf, encoded);
    crop = // (3, 1, side, side) -> (side, side, 3)
        tf.math.div(
            tf.linalg.transpose(
                tf.reshape(
                    ImageOps.resizedCrops(tf, decoded, box, side, Interpolation.BILINEAR),
                    tf.array(3, side, side)),
                tf.array(1, 2, 0)),
            tf.constant(255f));
    session = new Session(graph);
  }

  /**
   * Reads pictures, each by a crop of its own.
   *
   * @return [N, side, side, 3] RGB in 0…1; the caller's to close
   * @throws IllegalArgumentException naming the picture that cannot be read
   */
  TFloat32 read(List<Picture> pictures, Random random) {
    float[] values = new float[side * side * 3];
    return TFloat32.tensorOf(
        Shape.of(pictures.size(), side, side, 3),
        tensor -> {
          FloatDataBuffer buffer = tensor.asRawTensor().data().asFloats();
          for (int i = 0; i < pictures.size(); i++) {
            read(pictures.get(i), random, values);
            buffer.offset((long) i * values.length).write(values);
          }
        });
  }

  private void read(Picture one, Random random, float[] values) {
    try (TString bytes = TString.tensorOfBytes(NdArrays.scalarOfObject(one.read()));
        Result found = session.runner().feed(encoded, bytes).fetch(picture).run()) {
      Tensor pixels = found.get(0);
      int[] where = box((int) pixels.shape().get(0), (int) pixels.shape().get(1), random);
      boolean mirrored = random.nextBoolean();
      try (TInt32 cut = boxTensor(where);
          Result result = session.runner().feed(decoded, pixels).feed(box, cut).fetch(crop).run()) {
        result.get(0).asRawTensor().data().asFloats().read(values);
      }
      if (mirrored) {
        mirror(values);
      }
    } catch (IOException | TFInvalidArgumentException e) {
      throw new IllegalArgumentException(
          "cannot read the picture %s: repair it, or move it out of the folder"
              .formatted(one.name()),
          e);
    }
  }

  private static TInt32 boxTensor(int[] where) {
    return TInt32.tensorOf(
        Shape.of(1, 4), tensor -> tensor.asRawTensor().data().asInts().write(where));
  }

  /** Top, left, height, width: torchvision's {@code RandomResizedCrop.get_params}. */
  static int[] box(int height, int width, Random random) {
    for (int i = 0; i < TRIES; i++) {
      double area = height * (double) width * uniform(random, LEAST_AREA, 1);
      double ratio = Math.exp(uniform(random, -Math.log(LARGEST_RATIO), Math.log(LARGEST_RATIO)));
      int wide = (int) Math.rint(Math.sqrt(area * ratio));
      int high = (int) Math.rint(Math.sqrt(area / ratio));
      if (0 < wide && wide <= width && 0 < high && high <= height) {
        return new int[] {
          random.nextInt(height - high + 1), random.nextInt(width - wide + 1), high, wide
        };
      }
    }
    int wide = (int) Math.min(width, Math.rint(height * LARGEST_RATIO));
    int high = (int) Math.min(height, Math.rint(width * LARGEST_RATIO));
    return new int[] {(height - high) / 2, (width - wide) / 2, high, wide};
  }

  private static double uniform(Random random, double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  private void mirror(float[] values) {
    for (int row = 0; row < side; row++) {
      for (int left = 0, right = side - 1; left < right; left++, right--) {
        for (int channel = 0; channel < 3; channel++) {
          int a = 3 * (row * side + left) + channel;
          int b = 3 * (row * side + right) + channel;
          float value = values[a];
          values[a] = values[b];
          values[b] = value;
        }
      }
    }
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
