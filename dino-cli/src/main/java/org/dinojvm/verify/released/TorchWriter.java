package org.dinojvm.verify.released;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.dinojvm.weights.DType;
import org.dinojvm.weights.Weight;

/**
 * Writes weights as {@code torch.save} does: a zip of stored entries, a pickle that names tensors
 * and one entry with the bytes of each. Tensors are asked for one at a time.
 */
final class TorchWriter {

  private static final String FOLDER = "archive/";

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final DataOutputStream pickle = new DataOutputStream(bytes);
  private final List<Supplier<Weight>> storages = new ArrayList<>();

  private TorchWriter() {}

  /**
   * Writes a file.
   *
   * @param content by name a {@link Weight}, or a map of the same kind
   */
  static void write(Path file, Map<String, ?> content) throws IOException {
    TorchWriter writer = new TorchWriter();
    writer.pickle(content);
    try (ZipOutputStream zip =
        new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      zip.setMethod(ZipOutputStream.STORED);
      put(zip, "data.pkl", ByteBuffer.wrap(writer.bytes.toByteArray()));
      for (int key = 0; key < writer.storages.size(); key++) {
        put(zip, "data/" + key, writer.storages.get(key).get().data());
      }
      put(zip, "version", ByteBuffer.wrap("3\n".getBytes(StandardCharsets.US_ASCII)));
    }
  }

  private static void put(ZipOutputStream zip, String name, ByteBuffer data) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(data.duplicate());
    ZipEntry entry = new ZipEntry(FOLDER + name);
    entry.setSize(data.remaining());
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    WritableByteChannel channel = Channels.newChannel(zip);
    channel.write(data.duplicate());
    zip.closeEntry();
  }

  // ---------------------------------------------------------------- pickle

  private void pickle(Map<String, ?> content) throws IOException {
    pickle.write(0x80); // PROTO
    pickle.write(2);
    map(content);
    pickle.write('.'); // STOP
  }

  private void map(Map<String, ?> content) throws IOException {
    pickle.write('}'); // EMPTY_DICT
    pickle.write('('); // MARK
    for (String name : content.keySet()) {
      text(name);
      Object value = content.get(name);
      if (value instanceof Map<?, ?>) {
        @SuppressWarnings("unchecked") // as the caller promised
        Map<String, ?> inner = (Map<String, ?>) value;
        map(inner);
      } else {
        tensor((Weight) value, () -> (Weight) content.get(name));
      }
    }
    pickle.write('u'); // SETITEMS
  }

  /** {@code torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())}. */
  private void tensor(Weight weight, Supplier<Weight> again) throws IOException {
    long[] shape = weight.shape().asArray();
    long[] strides = new long[shape.length];
    long step = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = step;
      step *= shape[i];
    }
    global("torch._utils", "_rebuild_tensor_v2");
    pickle.write('('); // MARK
    storage(weight, again);
    whole(0);
    sizes(shape);
    sizes(strides);
    pickle.write(0x89); // NEWFALSE
    global("collections", "OrderedDict");
    pickle.write(')'); // EMPTY_TUPLE
    pickle.write('R'); // REDUCE
    pickle.write('t'); // TUPLE
    pickle.write('R');
  }

  private void storage(Weight weight, Supplier<Weight> again) throws IOException {
    pickle.write('(');
    text("storage");
    global("torch", weight.dtype() == DType.I64 ? "LongStorage" : "FloatStorage");
    text(Integer.toString(storages.size()));
    text("cpu");
    whole(weight.size());
    pickle.write('t');
    pickle.write('Q'); // BINPERSID
    storages.add(again);
  }

  private void sizes(long[] values) throws IOException {
    pickle.write('(');
    for (long value : values) {
      whole(Math.toIntExact(value));
    }
    pickle.write('t');
  }

  private void whole(int value) throws IOException {
    pickle.write('J'); // BININT
    pickle.writeInt(Integer.reverseBytes(value));
  }

  private void text(String value) throws IOException {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    pickle.write('X'); // BINUNICODE
    pickle.writeInt(Integer.reverseBytes(utf8.length));
    pickle.write(utf8);
  }

  private void global(String module, String name) throws IOException {
    pickle.write('c'); // GLOBAL
    pickle.writeBytes(module + "\n" + name + "\n");
  }
}
