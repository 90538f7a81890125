package org.dinojvm.eval;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Features on disk while they are computed, so that a job that was killed goes on where it was and
 * none has to fit into memory: a digest of the job, then rows of little-endian float32.
 */
public final class PartialFeatures implements FeatureRows, AutoCloseable {

  private static final int ROWS_AT_A_TIME = 256;

  private final Path file;
  private final FileChannel channel;
  private final int start;
  private final int width;
  private int rows;

  private PartialFeatures(Path file, FileChannel channel, int start, int width, int rows) {
    this.file = file;
    this.channel = channel;
    this.start = start;
    this.width = width;
    this.rows = rows;
  }

  /** {@code features.npy} -> {@code features.npy.partial}. */
  public static Path beside(Path output) {
    return output.resolveSibling(output.getFileName() + ".partial");
  }

  /**
   * Opens the file, or makes it.
   *
   * @param job tells this job from others: model, pictures and their order
   * @param width values in a row
   * @param batch rows are kept by whole batches of this, so that the rest is computed in the same
   *     batches as without the interruption
   * @throws IllegalArgumentException if the file is that of another job
   */
  public static PartialFeatures open(Path file, byte[] job, int width, int batch)
      throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (channel.size() < job.length) { // new, or killed before the digest was written
        channel.truncate(0).write(ByteBuffer.wrap(job), 0);
      }
      byte[] found = new byte[job.length];
      readFully(channel, ByteBuffer.wrap(found), 0);
      checkArgument(
          Arrays.equals(job, found),
          "%s is left from another model or other pictures: delete it, or name another --output",
          file);
      long kept = (channel.size() - job.length) / ((long) width * Float.BYTES) / batch * batch;
      channel.truncate(job.length + kept * width * Float.BYTES);
      return new PartialFeatures(file, channel, job.length, width, Math.toIntExact(kept));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int width() {
    return width;
  }

  /** Adds rows to the end; when this returns they are on the disk. */
  public void append(float[][] more) {
    ByteBuffer bytes = allocate(more.length);
    for (float[] row : more) {
      checkArgument(row.length == width, "a row of %s values among those of %s", row.length, width);
      for (float value : row) {
        bytes.putFloat(value);
      }
    }
    try {
      long position = position(rows);
      for (bytes.flip(); bytes.hasRemaining(); ) {
        position += channel.write(bytes, position);
      }
      channel.force(false);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
    }
    rows += more.length;
  }

  @Override
  public void forEach(Consumer consumer) throws IOException {
    float[] row = new float[width];
    for (int from = 0; from < rows; from += ROWS_AT_A_TIME) {
      int count = Math.min(ROWS_AT_A_TIME, rows - from);
      ByteBuffer bytes = allocate(count);
      readFully(channel, bytes, position(from));
      bytes.flip();
      for (int i = 0; i < count; i++) {
        for (int value = 0; value < width; value++) {
          row[value] = bytes.getFloat();
        }
        consumer.accept(from + i, row);
      }
    }
  }

  @Override
  public float[][] read(int from, int to) throws IOException {
    ByteBuffer bytes = allocate(to - from);
    readFully(channel, bytes, position(from));
    bytes.flip();
    float[][] some = new float[to - from][width];
    for (float[] row : some) {
      bytes.asFloatBuffer().get(row);
      bytes.position(bytes.position() + width * Float.BYTES);
    }
    return some;
  }

  /** Deletes the file, after {@link #close}. */
  public void delete() throws IOException {
    Files.deleteIfExists(file);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private long position(int row) {
    return start + (long) row * width * Float.BYTES;
  }

  private ByteBuffer allocate(int count) {
    return ByteBuffer.allocate(Math.multiplyExact(count, width * Float.BYTES))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void readFully(FileChannel channel, ByteBuffer bytes, long from)
      throws IOException {
    long position = from;
    while (bytes.hasRemaining()) {
      int read = channel.read(bytes, position);
      if (read < 0) {
        throw new IOException("the file became shorter while it was read");
      }
      position += read;
    }
  }
}
