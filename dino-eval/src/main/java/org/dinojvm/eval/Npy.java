package org.dinojvm.eval;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.dinojvm.files.DurableFiles;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;

/**
 * Writes features as NumPy reads them: {@code numpy.load("features.npy")}.
 *
 * <p>Version 1.0 of the format (NumPy's {@code numpy.lib.format}): little-endian float32 in C
 * order. Files appear whole or not at all: they are written aside and renamed.
 */
public final class Npy {

  /** Magic string, version 1.0; the header's length follows as a little-endian u16. */
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

  /** The data begins at a multiple of this. */
  private static final int ALIGNMENT = 64;

  /** Values of a tensor that are written at a time. */
  private static final int CHUNK = 1 << 16;

  private Npy() {}

  /** Writes a matrix [N, D] row by row. */
  public static void write(Path file, FeatureRows rows) throws IOException {
    DurableFiles.write(
        file,
        out -> {
          out.write(header(rows.rows(), rows.width()));
          ByteBuffer buffer =
              ByteBuffer.allocate(rows.width() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          rows.forEach(
              (index, row) -> {
                buffer.asFloatBuffer().put(row);
                out.write(buffer.array());
              });
        });
  }

  /**
   * Writes a matrix.
   *
   * @param rows [N, D]
   */
  public static void write(Path file, float[][] rows) throws IOException {
    int width = rows.length == 0 ? 0 : rows[0].length;
    DurableFiles.write(
        file,
        out -> {
          out.write(header(rows.length, width));
          ByteBuffer buffer =
              ByteBuffer.allocate(width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          for (float[] row : rows) {
            checkArgument(row.length == width, "rows of %s and %s values", width, row.length);
            buffer.asFloatBuffer().put(row);
            out.write(buffer.array());
          }
        });
  }

  /** Writes a tensor of any rank. */
  public static void write(Path file, TFloat32 tensor) throws IOException {
    DurableFiles.write(
        file,
        out -> {
          out.write(header(tensor.shape().asArray()));
          FloatDataBuffer values = tensor.asRawTensor().data().asFloats();
          float[] some = new float[CHUNK];
          ByteBuffer buffer =
              ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          for (long at = 0; at < values.size(); at += CHUNK) {
            int count = (int) Math.min(CHUNK, values.size() - at);
            values.offset(at).read(some, 0, count);
            buffer.asFloatBuffer().put(some, 0, count);
            out.write(buffer.array(), 0, count * Float.BYTES);
          }
        });
  }

  /** Writes the path of each row, one a line in UTF-8, beside the matrix; answers where. */
  public static Path writePaths(Path npy, List<Path> paths) throws IOException {
    Path file = pathsFile(npy);
    StringBuilder lines = new StringBuilder();
    for (Path path : paths) {
      String line = path.toString();
      checkArgument(
          line.lines().count() == 1, "a line break in the name of %s: rename the file", path);
      lines.append(line).append('\n');
    }
    DurableFiles.write(file, out -> out.write(lines.toString().getBytes(UTF_8)));
    return file;
  }

  /** {@code features.npy} -> {@code features.txt}. */
  public static Path pathsFile(Path npy) {
    return npy.resolveSibling(npy.getFileName().toString().replaceFirst("\\.npy$", "") + ".txt");
  }

  private static byte[] header(long... shape) {
    String description =
        "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }"
            .formatted(
                Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", ")));
    int prefix = MAGIC.length + Short.BYTES;
    int unpadded = prefix + description.length() + 1;
    int total = (unpadded + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    String padded = description + " ".repeat(total - unpadded) + "\n";
    return ByteBuffer.allocate(total)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .putShort((short) (total - prefix))
        .put(padded.getBytes(US_ASCII))
        .array();
  }
}
