package org.dinojvm.train.objective;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.tensorflow.EagerSession;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** MAE's positions by its published formula, and their relation to MoCo v3's. */
class SineCosinePositionsTest {

  private static final int SIDE = 3;
  private static final int DIM = 8;
  private static final Shape SHAPE = Shape.of(1, 1 + SIDE * SIDE, DIM);

  @Test
  void columnsStandBeforeRowsAndTheClassTokenHasNone() {
    try (EagerSession session = EagerSession.create()) {
      Ops tf = Ops.create(session);
      TFloat32 mae = SineCosinePositions.columnsFirst(tf, SHAPE, new long[2]).asTensor();
      TFloat32 moco = SineCosinePositions.rowsFirst(tf, SHAPE, new long[2]).asTensor();
      for (int k = 0; k < DIM; k++) {
        assertEquals(0, mae.getFloat(0, 0, k));
      }
      for (int row = 0; row < SIDE; row++) {
        for (int column = 0; column < SIDE; column++) {
          int token = 1 + row * SIDE + column;
          // get_2d_sincos_pos_embed: ω = 1, 1/100; sin and cos of the column, then of the row
          double[] expected = {
            Math.sin(column), Math.sin(column / 100.0), Math.cos(column), Math.cos(column / 100.0),
            Math.sin(row), Math.sin(row / 100.0), Math.cos(row), Math.cos(row / 100.0)
          };
          for (int k = 0; k < DIM; k++) {
            assertEquals(expected[k], mae.getFloat(0, token, k), 1e-6);
            int turned = 1 + column * SIDE + row;
            assertEquals(mae.getFloat(0, token, k), moco.getFloat(0, turned, k));
          }
        }
      }
    }
  }
}
