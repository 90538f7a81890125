package org.dinojvm.weights.torch;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.math.LongMath.saturatedMultiply;

import com.google.common.primitives.ImmutableLongArray;
import org.dinojvm.weights.DType;
import org.dinojvm.weights.LazyBytes;
import org.dinojvm.weights.Messages;
import org.dinojvm.weights.Weight;

/** Elements that tensors of a PyTorch file are views of; its bytes may be found after its views. */
final class TorchStorage {
  private final String key;
  private final DType dtype;
  private final long elements;
  private LazyBytes data;

  TorchStorage(String key, DType dtype, long elements) {
    checkArgument(elements >= 0, "storage %s has %s elements", Messages.printable(key), elements);
    this.key = key;
    this.dtype = dtype;
    this.elements = elements;
  }

  DType dtype() {
    return dtype;
  }

  long elements() {
    return elements;
  }

  long byteSize() {
    return saturatedMultiply(elements, dtype.bytes());
  }

  void fill(LazyBytes bytes) {
    checkArgument(
        bytes.size() == byteSize(),
        "storage %s: %s %s elements take %s bytes, found %s",
        Messages.printable(key),
        elements,
        dtype,
        byteSize(),
        bytes.size());
    data = bytes;
  }

  /** A tensor of a file before its storage is filled. */
  record View(
      TorchStorage storage, long offset, ImmutableLongArray shape, ImmutableLongArray strides) {

    Weight weight() {
      checkArgument(
          storage.data != null, "storage %s is not in the file", Messages.printable(storage.key));
      checkArgument(
          0 <= offset && offset <= storage.elements,
          "a tensor starts at element %s of the %s in storage %s",
          offset,
          storage.elements,
          Messages.printable(storage.key));
      int start = (int) offset * storage.dtype.bytes();
      return Weight.strided(
          storage.dtype,
          shape.toArray(),
          strides.toArray(),
          storage.data.slice(start, storage.data.size() - start));
    }
  }
}
