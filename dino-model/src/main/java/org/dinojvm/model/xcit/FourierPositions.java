package org.dinojvm.model.xcit;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * XCiT's position encoding, for grids of any size (published {@code PositionalEncodingFourier}):
 * sines and cosines of a patch's row and column, each in parts of the grid's side.
 *
 * <p>Letters in shapes: h × w patches.
 */
final class FourierPositions {

  /** Numbers of a patch: half of them tell its row, half its column. */
  static final int CHANNELS = 64;

  private static final double TEMPERATURE = 10000;
  private static final float EPSILON = 1e-6f;
  private static final int OF_AXIS = CHANNELS / 2;

  private FourierPositions() {}

  /** The encoding of a grid, by row: [h·w, 64]. */
  static Operand<TFloat32> of(Ops tf, Operand<TInt32> height, Operand<TInt32> width) {
    Operand<TInt32> shape = tf.stack(List.of(height, width, tf.constant(OF_AXIS)));
    Operand<TFloat32> byRow =
        tf.broadcastTo(tf.expandDims(ofAxis(tf, height), tf.constant(1)), shape);
    Operand<TFloat32> byColumn =
        tf.broadcastTo(tf.expandDims(ofAxis(tf, width), tf.constant(0)), shape);
    return tf.reshape(
        tf.concat(List.of(byRow, byColumn), tf.constant(2)), tf.constant(new int[] {-1, CHANNELS}));
  }

  /** Of the places along one axis: [side, 32], even channels sines and odd ones cosines. */
  private static Operand<TFloat32> ofAxis(Ops tf, Operand<TInt32> side) {
    Operand<TFloat32> places = // from 1
        tf.dtypes.cast(
            tf.range(tf.constant(1), tf.math.add(side, tf.constant(1)), tf.constant(1)),
            TFloat32.class);
    Operand<TFloat32> length =
        tf.math.add(tf.dtypes.cast(side, TFloat32.class), tf.constant(EPSILON));
    Operand<TFloat32> turns =
        tf.math.mul(tf.math.div(places, length), tf.constant((float) (2 * Math.PI)));
    float[] periods = new float[OF_AXIS];
    boolean[] even = new boolean[OF_AXIS];
    for (int channel = 0; channel < OF_AXIS; channel++) {
      periods[channel] = (float) Math.pow(TEMPERATURE, 2 * (channel / 2) / (double) OF_AXIS);
      even[channel] = channel % 2 == 0;
    }
    Operand<TFloat32> angles =
        tf.math.div(tf.expandDims(turns, tf.constant(1)), tf.constant(periods));
    return tf.select(tf.constant(even), tf.math.sin(angles), tf.math.cos(angles));
  }
}
