package org.dinojvm.verify;

import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dinojvm.weights.DType;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;

/** Copies of reference files in a folder of a test, to be damaged there. */
record ReferenceCopy(Path folder) {

  /** The folder of the files as they were given, or of further ones. */
  static Path original(String folder) {
    try {
      return Path.of(Resources.getResource(folder).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  ReferenceCopy with(String... files) throws IOException {
    return with(original("reference"), files);
  }

  ReferenceCopy with(Path original, String... files) throws IOException {
    for (String file : files) {
      Files.copy(original.resolve(file), folder.resolve(file));
    }
    return this;
  }

  /** Changes one number of a tensor: a float by 1, a double by a thousandth, a byte by 32. */
  ReferenceCopy alter(String file, String tensor) throws IOException {
    Safetensors content = Safetensors.read(folder.resolve(file));
    Map<String, Weight> tensors = new LinkedHashMap<>(content.tensors());
    tensors.put(tensor, altered(content.tensor(tensor)));
    new Safetensors(ImmutableMap.copyOf(tensors), content.metadata()).write(folder.resolve(file));
    return this;
  }

  private static Weight altered(Weight tensor) {
    int middle = tensor.size() / 2;
    if (tensor.dtype() == DType.F32) {
      float[] values = tensor.floats();
      values[middle] += 1;
      return Weight.of(tensor.shape(), values);
    } else if (tensor.dtype() == DType.F64) {
      double[] values = tensor.doubles();
      values[middle] *= 1.001;
      return Weight.of(tensor.shape(), values);
    }
    byte[] bytes = new byte[tensor.byteSize()];
    tensor.data().get(bytes);
    bytes[bytes.length / 2] ^= 0x20;
    return Weight.of(tensor.dtype(), tensor.shape(), ByteBuffer.wrap(bytes));
  }

  /** Replaces text in the metadata. */
  ReferenceCopy replace(String file, String text, String replacement) throws IOException {
    Path path = folder.resolve(file);
    Safetensors content = Safetensors.read(path);
    ImmutableMap.Builder<String, String> metadata = ImmutableMap.builder();
    content.metadata().forEach((key, value) -> metadata.put(key, value.replace(text, replacement)));
    new Safetensors(content.tensors(), metadata.buildOrThrow()).write(path);
    return this;
  }

  /** Changes one byte in the middle. */
  ReferenceCopy alterByte(String file) throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve(file));
    bytes[bytes.length / 2] ^= 1;
    Files.write(folder.resolve(file), bytes);
    return this;
  }

  ReferenceCopy cutInHalf(String file) throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve(file));
    Files.write(folder.resolve(file), Arrays.copyOf(bytes, bytes.length / 2));
    return this;
  }
}
