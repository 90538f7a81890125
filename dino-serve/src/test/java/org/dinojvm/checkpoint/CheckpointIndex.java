package org.dinojvm.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/**
 * Lists the keys of a TensorFlow checkpoint from its index, a LevelDB table, without TensorFlow: as
 * other programs will see them.
 */
public final class CheckpointIndex {

  private static final int FOOTER = 48;
  private static final long MAGIC = 0xdb4775248b80fb57L;

  private final ByteBuffer file;
  private final Set<String> keys = new TreeSet<>();

  private CheckpointIndex(byte[] bytes) {
    file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The keys of {@code folder/model.index}, sorted. */
  public static Set<String> keys(Path folder) throws IOException {
    CheckpointIndex index =
        new CheckpointIndex(Files.readAllBytes(folder.resolve(Checkpoint.PREFIX + ".index")));
    index.readBlocks();
    index.keys.remove(""); // the header
    return index.keys;
  }

  private void readBlocks() {
    assertEquals(MAGIC, file.getLong(file.limit() - 8));
    ByteBuffer footer = file.slice(file.limit() - FOOTER, FOOTER);
    handle(footer); // of the block about the table itself
    read(handle(footer), (key, value) -> read(handle(value), (name, entry) -> keys.add(name)));
  }

  private interface Entry {
    void is(String key, ByteBuffer value);
  }

  /** Position and size of a block. */
  private ByteBuffer handle(ByteBuffer in) {
    int position = varint(in);
    return file.slice(position, varint(in)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Entries share the head of their key with the one before; the end lists restarts. */
  private static void read(ByteBuffer block, Entry entry) {
    int restarts = block.getInt(block.limit() - 4);
    int end = block.limit() - 4 * (restarts + 1);
    byte[] key = new byte[0];
    while (block.position() < end) {
      int shared = varint(block);
      byte[] next = Arrays.copyOf(key, shared + varint(block));
      int valueSize = varint(block);
      block.get(next, shared, next.length - shared);
      key = next;
      ByteBuffer value = block.slice(block.position(), valueSize);
      block.position(block.position() + valueSize);
      entry.is(new String(key, UTF_8), value);
    }
  }

  private static int varint(ByteBuffer in) {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
