package org.dinojvm.train.step;

import org.dinojvm.model.Backbone;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A backbone without weights: the features of a picture are its pixels. */
record PixelsAsFeatures(int embedDim) implements Backbone {

  @Override
  public Pass forward(Ops tf, Params p, Operand<TFloat32> images, Mode mode) {
    Operand<TFloat32> features = tf.reshape(images, tf.constant(new int[] {-1, embedDim}));
    return () -> features;
  }

  @Override
  public long macs(int side) {
    return 0;
  }
}
