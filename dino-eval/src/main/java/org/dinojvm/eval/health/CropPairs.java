package org.dinojvm.eval.health;

import java.util.List;
import java.util.Random;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.FeatureSpace;
import org.dinojvm.eval.PictureReader;
import org.dinojvm.eval.Rows;
import org.tensorflow.EagerSession;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Features of two random crops of each of some pictures, of 40 to 100 % of the evaluation view's
 * area, every other one mirrored: what DINO's global crops have in common, without their colors.
 *
 * @param first [N, D], length 1
 * @param second [N, D], length 1
 */
record CropPairs(double[][] first, double[][] second) {

  private static final double LEAST_AREA = 0.4;
  private static final int BATCH = 32;

  static CropPairs of(EvaluationInputs in, List<Picture> pictures, FeatureSpace space) {
    float[][][] features = new float[2][pictures.size()][];
    Random random = new Random(0);
    int side = in.model().info().imageSize();
    try (PictureReader reader = new PictureReader(EvalView.square(side))) {
      for (int from = 0; from < pictures.size(); from += BATCH) {
        int to = Math.min(from + BATCH, pictures.size());
        try (TFloat32 views = views(reader, pictures.subList(from, to), side)) {
          for (float[][] view : features) {
            float[][] some = embed(in, views, boxes(to - from, random), side);
            System.arraycopy(some, 0, view, from, some.length);
          }
        }
        in.progress().report(to, pictures.size());
      }
    }
    return new CropPairs(
        FeatureStatistics.normalized(space.processed(features[0])),
        FeatureStatistics.normalized(space.processed(features[1])));
  }

  /** (N, side, side, 3) */
  private static TFloat32 views(PictureReader reader, List<Picture> pictures, int side) {
    int values = side * side * 3;
    return TFloat32.tensorOf(
        Shape.of(pictures.size(), side, side, 3),
        tensor -> {
          FloatDataBuffer buffer = tensor.asRawTensor().data().asFloats();
          for (int i = 0; i < pictures.size(); i++) {
            buffer.offset((long) i * values).write(reader.read(pictures.get(i)));
          }
        });
  }

  /** Top, left, bottom, right in parts of the side; right before left mirrors. */
  private static float[][] boxes(int count, Random random) {
    float[][] boxes = new float[count][];
    for (int i = 0; i < count; i++) {
      double side = Math.sqrt(LEAST_AREA + (1 - LEAST_AREA) * random.nextDouble());
      double top = (1 - side) * random.nextDouble();
      double left = (1 - side) * random.nextDouble();
      boolean mirrored = random.nextBoolean();
      boxes[i] =
          new float[] {
            (float) top,
            (float) (mirrored ? left + side : left),
            (float) (top + side),
            (float) (mirrored ? left : left + side)
          };
    }
    return boxes;
  }

  private static float[][] embed(EvaluationInputs in, TFloat32 views, float[][] boxes, int side) {
    int[] all = new int[boxes.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = i;
    }
    try (EagerSession session = EagerSession.create();
        TFloat32 where = Rows.toTensor(boxes);
        TInt32 which = TInt32.vectorOf(all)) {
      Ops tf = Ops.create(session);
      TFloat32 crops =
          tf.image
              .cropAndResize(
                  tf.constantOf(views),
                  tf.constantOf(where),
                  tf.constantOf(which),
                  tf.array(side, side))
              .asTensor();
      return in.features(crops);
    }
  }
}
