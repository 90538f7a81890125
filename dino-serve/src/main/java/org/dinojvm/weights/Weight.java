package org.dinojvm.weights;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.math.LongMath.saturatedAdd;
import static com.google.common.math.LongMath.saturatedMultiply;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.ndarray.Shape;

/**
 * A tensor as a file holds it: weights, or any other array. Immutable.
 *
 * <p>It is a strided view of bytes that may lie in a file and are read when their values are asked
 * for, so taking one from a file, transposing it and taking a part of it read nothing.
 */
public final class Weight {
  /** The largest number of axes; networks have at most five, TensorFlow's own limit is 254. */
  static final int MAX_RANK = 8;

  private final DType dtype;
  private final Shape shape;
  private final long[] strides; // in elements
  private final LazyBytes bytes;

  private Weight(DType dtype, Shape shape, long[] strides, LazyBytes bytes) {
    this.dtype = dtype;
    this.shape = shape;
    this.strides = strides;
    this.bytes = bytes;
  }

  /** A tensor of F32 elements in row-major order. */
  public static Weight of(Shape shape, float[] elements) {
    ByteBuffer data = allocate(DType.F32, elements.length);
    data.asFloatBuffer().put(elements);
    return of(DType.F32, shape, data);
  }

  /** A tensor of F64 elements in row-major order. */
  public static Weight of(Shape shape, double[] elements) {
    ByteBuffer data = allocate(DType.F64, elements.length);
    data.asDoubleBuffer().put(elements);
    return of(DType.F64, shape, data);
  }

  /** A tensor of I64 elements in row-major order. */
  public static Weight of(Shape shape, long[] elements) {
    ByteBuffer data = allocate(DType.I64, elements.length);
    data.asLongBuffer().put(elements);
    return of(DType.I64, shape, data);
  }

  /**
   * A tensor over bytes in row-major order; the bytes are not copied and must not change.
   *
   * @param data exactly the elements, little-endian
   */
  public static Weight of(DType dtype, Shape shape, ByteBuffer data) {
    return of(dtype, shape, LazyBytes.of(data));
  }

  /**
   * A tensor over bytes in row-major order.
   *
   * @param data exactly the elements, little-endian
   */
  public static Weight of(DType dtype, Shape shape, LazyBytes data) {
    requireRank(shape.numDimensions());
    long needed = saturatedMultiply(elements(shape.asArray()), dtype.bytes());
    checkArgument(
        data.size() == needed,
        "shape %s of %s takes %s bytes, found %s",
        shape,
        dtype,
        needed,
        data.size());
    return strided(dtype, shape.asArray(), rowMajor(shape.asArray()), data);
  }

  /**
   * A view of bytes by shape and strides, as PyTorch stores tensors.
   *
   * @param strides distance of neighbours on each axis, in elements
   */
  public static Weight strided(DType dtype, long[] shape, long[] strides, LazyBytes data) {
    requireRank(shape.length);
    checkArgument(
        shape.length == strides.length,
        "a tensor has %s sizes and %s strides; they must be equally many",
        shape.length,
        strides.length);
    long elements = elements(shape);
    long available = data.size() / dtype.bytes();
    checkArgument(
        elements <= available && lastPosition(shape, strides) < Math.max(available, 1),
        "shape %s with strides %s reaches outside of its %s stored elements",
        Arrays.toString(shape),
        Arrays.toString(strides),
        available);
    return new Weight(dtype, Shape.of(shape), strides.clone(), data);
  }

  /** To be asked before a shape is read: one of many axes would take long even to print. */
  public static void requireRank(int rank) {
    checkArgument(rank <= MAX_RANK, "a tensor has %s axes; at most %s are read", rank, MAX_RANK);
  }

  /** Tensors of one type joined along the first axis; the other axes must be equal. */
  public static Weight concat(List<Weight> parts) {
    Weight first = parts.get(0);
    long rows = 0;
    int bytes = 0;
    for (Weight part : parts) {
      checkArgument(
          part.shape.numDimensions() > 0
              && part.dtype == first.dtype
              && part.shape.tail().equals(first.shape.tail()),
          "%s and %s cannot be joined: type and all axes but the first must be equal",
          first,
          part);
      rows += part.shape.get(0);
      bytes = Math.addExact(bytes, part.byteSize());
    }
    int size = bytes;
    LazyBytes joined =
        LazyBytes.of(
            size,
            () -> {
              ByteBuffer all = ByteBuffer.allocate(size);
              parts.forEach(part -> all.put(part.data()));
              return all.flip();
            });
    return of(first.dtype, first.shape.tail().prepend(rows), joined);
  }

  public DType dtype() {
    return dtype;
  }

  public Shape shape() {
    return shape;
  }

  /** Number of elements. */
  public int size() {
    return (int) shape.size();
  }

  /** Number of bytes that the elements take. */
  public int byteSize() {
    return size() * dtype.bytes();
  }

  /** The elements in row-major order, rounded to float; integers and booleans are converted. */
  public float[] floats() {
    float[] elements = new float[size()];
    ByteBuffer buffer = bytes.read();
    if (dtype == DType.F32 && isRowMajor()) {
      buffer.asFloatBuffer().get(elements);
    } else {
      forEach((index, position) -> elements[index] = (float) dtype.readDouble(buffer, position));
    }
    return elements;
  }

  /** The elements in row-major order; integers and booleans are converted. */
  public double[] doubles() {
    double[] elements = new double[size()];
    ByteBuffer buffer = bytes.read();
    forEach((index, position) -> elements[index] = dtype.readDouble(buffer, position));
    return elements;
  }

  /** The elements in row-major order, of an integer or boolean tensor only. */
  public long[] longs() {
    long[] elements = new long[size()];
    ByteBuffer buffer = bytes.read();
    forEach((index, position) -> elements[index] = dtype.readLong(buffer, position));
    return elements;
  }

  /** The elements in row-major order as little-endian bytes; read-only, from position 0. */
  public ByteBuffer data() {
    if (isRowMajor()) {
      return bytes.slice(0, byteSize()).read();
    }
    ByteBuffer buffer = bytes.read();
    ByteBuffer copy = allocate(dtype, size());
    int width = dtype.bytes();
    forEach((index, position) -> copy.put(index * width, buffer, position, width));
    return copy.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The same tensor with its axes in another order: axis i of the result is axis axes[i] here. */
  public Weight permuted(int... axes) {
    long[] sizes = new long[axes.length];
    long[] steps = new long[axes.length];
    for (int i = 0; i < axes.length; i++) {
      sizes[i] = shape.get(axes[i]);
      steps[i] = strides[axes[i]];
    }
    return strided(dtype, sizes, steps, bytes);
  }

  /** All zeros, of the same type and shape. */
  public Weight zeros() {
    return of(dtype, shape, allocate(dtype, size()));
  }

  /** The elements in row-major order under another shape of equally many. */
  public Weight reshaped(Shape other) {
    return of(dtype, other, LazyBytes.of(byteSize(), this::data));
  }

  /** Rows {@code from} (inclusive) to {@code to} (exclusive) of the first axis. */
  public Weight rows(long from, long to) {
    long[] sizes = shape.asArray();
    checkArgument(
        sizes.length > 0 && 0 <= from && from <= to && to <= sizes[0],
        "%s has no rows %s to %s",
        this,
        from,
        to);
    sizes[0] = to - from;
    int start = size() == 0 ? 0 : (int) (from * strides[0] * dtype.bytes());
    return strided(
        dtype, sizes, strides, bytes.slice(start, sizes[0] == 0 ? 0 : bytes.size() - start));
  }

  /** Same type, shape and bytes. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Weight weight
        && dtype == weight.dtype
        && shape.equals(weight.shape)
        && data().equals(weight.data());
  }

  @Override
  public int hashCode() {
    return 31 * shape.hashCode() + data().hashCode();
  }

  /** Type and shape, e.g. {@code F32[384, 1536]}. */
  @Override
  public String toString() {
    return dtype + shape.toString();
  }

  /** Takes an element's row-major index and its byte position in the buffer. */
  private interface Visitor {
    void visit(int index, int position);
  }

  private void forEach(Visitor visitor) {
    if (size() > 0) {
      walk(0, 0, 0, shape.asArray(), visitor);
    }
  }

  /** Visits the elements below one axis; returns the index after them. */
  private int walk(int axis, int index, long offset, long[] sizes, Visitor visitor) {
    if (axis == sizes.length) {
      visitor.visit(index, (int) offset * dtype.bytes());
      return index + 1;
    }
    int next = index;
    for (long i = 0; i < sizes[axis]; i++) {
      next = walk(axis + 1, next, offset + i * strides[axis], sizes, visitor);
    }
    return next;
  }

  private boolean isRowMajor() {
    long[] sizes = shape.asArray();
    long[] expected = rowMajor(sizes);
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] > 1 && strides[i] != expected[i]) {
        return size() == 0;
      }
    }
    return true;
  }

  private static long[] rowMajor(long[] shape) {
    long[] strides = new long[shape.length];
    long step = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = step;
      step = saturatedMultiply(step, shape[i]);
    }
    return strides;
  }

  private static long elements(long[] shape) {
    long elements = 1;
    for (long size : shape) {
      checkArgument(size >= 0, "shape %s has a negative size", Arrays.toString(shape));
      elements = saturatedMultiply(elements, size);
    }
    return elements;
  }

  private static long lastPosition(long[] shape, long[] strides) {
    if (elements(shape) == 0) {
      return 0;
    }
    long last = 0;
    for (int i = 0; i < shape.length; i++) {
      checkArgument(strides[i] >= 0, "strides %s have a negative one", Arrays.toString(strides));
      last = saturatedAdd(last, saturatedMultiply(shape[i] - 1, strides[i]));
    }
    return last;
  }

  private static ByteBuffer allocate(DType dtype, int elements) {
    return ByteBuffer.allocate(Math.multiplyExact(elements, dtype.bytes()))
        .order(ByteOrder.LITTLE_ENDIAN);
  }
}
