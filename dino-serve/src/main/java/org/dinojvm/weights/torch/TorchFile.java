package org.dinojvm.weights.torch;

import static com.google.common.base.Preconditions.checkArgument;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.dinojvm.weights.FileBytes;
import org.dinojvm.weights.LazyBytes;
import org.dinojvm.weights.Messages;
import org.dinojvm.weights.Weight;

/**
 * Reads what {@code torch.save} wrote: the zip format, and the one before PyTorch 1.6.
 *
 * <p>No code of the file is run. Names other than those of tensors and plain containers are
 * refused, see {@link TorchGlobals}.
 *
 * <p>The result is made of unmodifiable plain values: Map (also for an argparse.Namespace), List
 * (also for a tuple), Set, String, Long, BigInteger, Double, Boolean, {@code byte[]}, null, and
 * {@link Weight} for a tensor.
 */
public final class TorchFile {
  private static final int ZIP_SIGNATURE = 0x04034b50; // "PK\3\4"
  private static final int MAX_PICKLE_BYTES = 64 << 20;

  /** What the older format starts with, each a pickle of its own. */
  private static final BigInteger LEGACY_MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);

  private static final long LEGACY_PROTOCOL = 1001;

  private TorchFile() {}

  /**
   * Reads a file; a tensor is read when its values are asked for.
   *
   * @throws IllegalArgumentException naming the file and what is wrong with it, or what it asks for
   *     that is refused
   */
  public static Object read(Path file) {
    return FileBytes.parse(file, TorchFile::parse);
  }

  /** Reads the bytes of a file; they must not change afterwards. */
  public static Object read(byte[] bytes) {
    return parse(FileBytes.of(ByteBuffer.wrap(bytes)));
  }

  /**
   * Whether the file starts as one of PyTorch's; so may one of safetensors, which has to be asked
   * first.
   */
  public static boolean recognizes(FileBytes file) {
    return isZip(file) || startsAsPickle(file);
  }

  /** Reads the bytes of a file that may be mapped. */
  public static Object parse(FileBytes file) {
    return isZip(file) ? parseZip(new StoredZip(file)) : new Legacy(file).parse();
  }

  private static boolean isZip(FileBytes file) {
    return file.size() >= 4 && file.slice(0, 4).getInt() == ZIP_SIGNATURE;
  }

  /** As a pickle of protocol 2 or later, which the older format starts with. */
  private static boolean startsAsPickle(FileBytes file) {
    return file.size() >= 2 && file.slice(0, 1).get() == (byte) 0x80;
  }

  // ------------------------------------------------------------ zip format

  private static Object parseZip(StoredZip zip) {
    String folder = folder(zip);
    zip.find(folder + "byteorder").ifPresent(order -> requireLittleEndian(order.read()));
    TorchGlobals globals = new TorchGlobals();
    LazyBytes pickle = zip.get(folder + "data.pkl");
    checkArgument(
        pickle.size() <= MAX_PICKLE_BYTES,
        "data.pkl takes %s bytes, over the limit of %s",
        pickle.size(),
        MAX_PICKLE_BYTES);
    Object root = Unpickler.load(pickle.read(), globals);
    globals.storages().forEach((key, storage) -> storage.fill(zip.get(folder + "data/" + key)));
    return PlainValues.of(root);
  }

  /** The folder in the zip that holds everything; it is named like the file was. */
  private static String folder(StoredZip zip) {
    return zip.names().stream()
        .filter(name -> name.endsWith("/data.pkl"))
        .findFirst()
        .map(name -> name.substring(0, name.length() - "data.pkl".length()))
        .orElseThrow(
            () -> new IllegalArgumentException("a zip, but not of torch.save: it has no data.pkl"));
  }

  private static void requireLittleEndian(ByteBuffer byteOrder) {
    String order = StandardCharsets.US_ASCII.decode(byteOrder).toString();
    checkArgument(order.equals("little"), "%s-endian data is not read", Messages.printable(order));
  }

  // ---------------------------------------------------------- older format

  /**
   * Five pickles (magic number, protocol, system, content, storage keys), then the storages in the
   * order of their keys, each behind its number of elements.
   */
  private static final class Legacy {
    private final FileBytes file;
    private final TorchGlobals globals = new TorchGlobals();
    private long position;

    Legacy(FileBytes file) {
      this.file = file;
    }

    Object parse() {
      checkArgument(
          LEGACY_MAGIC.equals(unpickle()),
          "not a file of torch.save: it starts with neither a zip nor PyTorch's magic number");
      checkArgument(
          Long.valueOf(LEGACY_PROTOCOL).equals(unpickle()),
          "the file's protocol is not %s, the only one of the older format",
          LEGACY_PROTOCOL);
      checkArgument(
          unpickle() instanceof Map<?, ?> system
              && !Boolean.FALSE.equals(system.get("little_endian")),
          "big-endian data is not read");
      Object root = unpickle();
      fillAll(unpickle());
      checkArgument(
          position == file.size(), "%s bytes follow the last storage", file.size() - position);
      return PlainValues.of(root);
    }

    private Object unpickle() {
      ByteBuffer in = file.sliceUpTo(position, MAX_PICKLE_BYTES);
      Object value = Unpickler.load(in, globals);
      position += in.position();
      return value;
    }

    private void fillAll(Object keys) {
      checkArgument(keys instanceof List, "damaged: the list of storages is missing");
      for (Object key : (List<?>) keys) {
        TorchStorage storage = key instanceof String ? globals.storages().get(key) : null;
        checkArgument(storage != null, "damaged: a storage that no tensor is a view of");
        fill(storage);
      }
    }

    private void fill(TorchStorage storage) {
      long elements = file.slice(position, Long.BYTES).getLong();
      checkArgument(
          elements == storage.elements(),
          "damaged: a storage of %s elements is described as %s",
          elements,
          storage.elements());
      storage.fill(file.part(position + Long.BYTES, storage.byteSize()));
      position += Long.BYTES + storage.byteSize();
    }
  }
}
