package org.dinojvm.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;

class WeightTest {
  private static final Weight MATRIX = Weight.of(Shape.of(2, 3), new float[] {1, 2, 3, 4, 5, 6});

  @Test
  void transposesWithoutCopying() {
    Weight transposed = MATRIX.permuted(1, 0);
    assertEquals(Shape.of(3, 2), transposed.shape());
    assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, transposed.floats());
    assertArrayEquals(new double[] {1, 4, 2, 5, 3, 6}, transposed.doubles());
    assertEquals(MATRIX, transposed.permuted(1, 0));
    assertNotEquals(MATRIX, transposed);
  }

  @Test
  void takesRowsAndJoinsThem() {
    assertArrayEquals(new float[] {4, 5, 6}, MATRIX.rows(1, 2).floats());
    assertArrayEquals(new float[] {2, 5}, MATRIX.permuted(1, 0).rows(1, 2).floats());
    assertEquals(0, MATRIX.rows(2, 2).size());
    assertEquals(MATRIX, Weight.concat(List.of(MATRIX.rows(0, 1), MATRIX.rows(1, 2))));
    assertThrows(IllegalArgumentException.class, () -> MATRIX.rows(1, 3));
    assertThrows(
        IllegalArgumentException.class,
        () -> Weight.concat(List.of(MATRIX, MATRIX.permuted(1, 0))));
  }

  @Test
  void convertsHalfPrecisionExactly() {
    short[] halves = {0x3c00, (short) 0xc000, 0x7bff, 0x0001, 0x0400, (short) 0x8000, 0x7c00};
    float[] expected = {1, -2, 65504, 0x1p-24f, 0x1p-14f, -0f, Float.POSITIVE_INFINITY};
    ByteBuffer data = ByteBuffer.allocate(14).order(ByteOrder.LITTLE_ENDIAN);
    data.asShortBuffer().put(halves);
    assertArrayEquals(expected, Weight.of(DType.F16, Shape.of(7), data).floats());
  }

  @Test
  void keepsIntegersExact() {
    long large = (1L << 62) + 1;
    assertArrayEquals(new long[] {large}, Weight.of(Shape.of(1), new long[] {large}).longs());
    assertThrows(IllegalArgumentException.class, MATRIX::longs);
  }

  @Test
  void refusesShapesThatDoNotFit() {
    assertThrows(
        IllegalArgumentException.class, () -> Weight.of(Shape.of(2, 2), new float[] {1, 2, 3}));
    LazyBytes four = LazyBytes.of(ByteBuffer.allocate(16));
    assertThrows(
        IllegalArgumentException.class,
        () -> Weight.strided(DType.F32, new long[] {2, 2}, new long[] {3, 1}, four));
    assertThrows(
        IllegalArgumentException.class,
        () -> Weight.strided(DType.F32, new long[] {1 << 30}, new long[] {0}, four));
    assertThrows(
        IllegalArgumentException.class,
        () -> Weight.strided(DType.F32, new long[] {2}, new long[] {-1}, four));
  }

  @Test
  void emptyTensorsWithHugeAxesTakeNoTime() {
    long[] shape = {1L << 40, 0};
    Weight empty =
        Weight.strided(DType.F32, shape, new long[] {0, 1}, LazyBytes.of(ByteBuffer.allocate(0)));
    assertEquals(0, empty.floats().length);
  }
}
