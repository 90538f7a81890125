package org.dinojvm.weights;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.dinojvm.files.DurableFiles;
import org.tensorflow.ndarray.Shape;

/**
 * A safetensors file: a little-endian u64 header length, a JSON header of names, types, shapes and
 * byte offsets, then the data. See https://huggingface.co/docs/safetensors.
 *
 * <p>Reading is strict: the tensors must cover the data exactly, without gap or overlap.
 *
 * @param tensors by name, in the header's order
 * @param metadata free text by key
 */
public record Safetensors(
    ImmutableMap<String, Weight> tensors, ImmutableMap<String, String> metadata) {
  private static final String METADATA = "__metadata__";
  private static final int ALIGNMENT = 8;

  /** The published limit is 100 MB; this is enough for 100 000 tensors. */
  private static final long MAX_HEADER_BYTES = 16 << 20;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** Tensors in PyTorch's layout, marked as such: transformers loads no file without the mark. */
  public static Safetensors of(Map<String, Weight> tensors) {
    return of(tensors, ImmutableMap.of());
  }

  /**
   * The same, with settings of this project that a user of the weights must know and they do not
   * tell, such as {@code num_heads}; {@link #settings} gives them back.
   */
  public static Safetensors of(Map<String, Weight> tensors, Map<String, String> settings) {
    ImmutableMap.Builder<String, String> metadata = ImmutableMap.builder();
    metadata.put("format", "pt").putAll(SettingsMetadata.of(settings));
    return new Safetensors(ImmutableMap.copyOf(tensors), metadata.buildOrThrow());
  }

  /**
   * Reads a file's header; a tensor is read when its values are asked for.
   *
   * @throws IllegalArgumentException naming the file and what is wrong with it
   */
  public static Safetensors read(Path file) {
    return FileBytes.parse(file, Safetensors::parse);
  }

  /** Reads the bytes of a file; they must not change afterwards. */
  public static Safetensors read(byte[] bytes) {
    return parse(FileBytes.of(ByteBuffer.wrap(bytes)));
  }

  /** Writes a file: beside its place first, then renamed, so that it is never seen in part. */
  public void write(Path file) throws IOException {
    List<Map.Entry<String, Weight>> entries = byAlignment();
    byte[] header = header(entries);
    DurableFiles.write(
        file,
        out -> {
          WritableByteChannel channel = Channels.newChannel(out);
          channel.write(lengthPrefix(header.length));
          channel.write(ByteBuffer.wrap(header));
          for (Map.Entry<String, Weight> entry : entries) {
            channel.write(entry.getValue().data());
          }
        });
  }

  /** What {@link #of(Map, Map)} was given as settings; empty in a file of another program. */
  public ImmutableMap<String, String> settings() {
    return SettingsMetadata.settings(metadata);
  }

  /** The tensor of that name, which must be there. */
  public Weight tensor(String name) {
    Weight tensor = tensors.get(name);
    checkArgument(tensor != null, "no tensor '%s' among the %s of the file", name, tensors.size());
    return tensor;
  }

  /**
   * Whether the file has a JSON object where a header begins. Only this tells: the length before it
   * may begin as any other format does, in one of 32 files with a pickle's first byte.
   */
  public static boolean isSafetensors(FileBytes file) {
    return file.size() > Long.BYTES && file.slice(Long.BYTES, 1).get() == '{';
  }

  /** Reads the bytes of a file that may be mapped. */
  public static Safetensors parse(FileBytes file) {
    checkArgument(
        file.size() >= Long.BYTES,
        "truncated: the file has %s bytes, %s",
        file.size(),
        FileBytes.TAKE_ANEW);
    long length = file.slice(0, Long.BYTES).getLong();
    checkArgument(
        0 < length && length <= MAX_HEADER_BYTES,
        "not a safetensors file: its first 8 bytes give a header of %s bytes, expected 1 to %s; nor"
            + " is it one of torch.save",
        Long.toUnsignedString(length),
        MAX_HEADER_BYTES);
    checkArgument(
        length <= file.size() - Long.BYTES,
        "truncated: the header takes %s bytes, the file has %s after its length; %s",
        length,
        file.size() - Long.BYTES,
        FileBytes.TAKE_ANEW);
    return new HeaderReader(file, Long.BYTES + length)
        .read(parseJson(file.slice(Long.BYTES, length)));
  }

  private static JsonNode parseJson(ByteBuffer header) {
    try {
      JsonNode root = JSON.readTree(StandardCharsets.UTF_8.newDecoder().decode(header).toString());
      checkArgument(root.isObject(), "the header is not a JSON object");
      return root;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("the header is not UTF-8 text", e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "the header is not valid JSON: " + Messages.printable(e.getOriginalMessage()), e);
    }
  }

  /** Checks the header's entries against each other and against the data behind it. */
  private record HeaderReader(FileBytes file, long dataStart) {

    private record Entry(String name, DType dtype, Shape shape, long begin, long end) {}

    Safetensors read(JsonNode header) {
      ImmutableMap<String, String> metadata = ImmutableMap.of();
      List<Entry> entries = new ArrayList<>();
      for (Map.Entry<String, JsonNode> field : header.properties()) {
        if (field.getKey().equals(METADATA)) {
          metadata = metadata(field.getValue());
        } else {
          entries.add(entry(field.getKey(), field.getValue()));
        }
      }
      requireExactCover(entries);
      ImmutableMap.Builder<String, Weight> tensors = ImmutableMap.builder();
      entries.forEach(entry -> tensors.put(entry.name, tensor(entry)));
      return new Safetensors(tensors.buildOrThrow(), metadata);
    }

    private void requireExactCover(List<Entry> entries) {
      long covered = 0;
      List<Entry> byOffset = new ArrayList<>(entries);
      byOffset.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
      for (Entry entry : byOffset) {
        checkArgument(
            entry.begin == covered,
            "tensor '%s' starts at data byte %s, expected %s: tensors must not overlap or leave"
                + " gaps",
            Messages.printable(entry.name),
            entry.begin,
            covered);
        covered = entry.end;
      }
      long available = file.size() - dataStart;
      for (Entry entry : byOffset) {
        checkArgument(
            entry.end <= available,
            "truncated: the header describes %s bytes of data, the file has %s, so that it breaks"
                + " off in or before tensor '%s'; %s",
            covered,
            available,
            Messages.printable(entry.name),
            FileBytes.TAKE_ANEW);
      }
      checkArgument(
          covered == available,
          "too long: the header describes %s bytes of data, the file has %s",
          covered,
          available);
    }

    private Weight tensor(Entry entry) {
      return inTensor(
          entry.name,
          () ->
              Weight.of(
                  entry.dtype,
                  entry.shape,
                  file.part(dataStart + entry.begin, entry.end - entry.begin)));
    }

    private static Entry entry(String name, JsonNode node) {
      return inTensor(
          name,
          () -> {
            checkArgument(
                node.path("dtype").isTextual(), "expected a dtype, a shape and data_offsets");
            long[] shape = sizes(node, "shape");
            long[] offsets = sizes(node, "data_offsets");
            checkArgument(
                offsets.length == 2 && offsets[0] <= offsets[1],
                "data_offsets must be [begin, end] with begin ≤ end");
            return new Entry(
                name,
                DType.named(node.get("dtype").asText()),
                Shape.of(shape),
                offsets[0],
                offsets[1]);
          });
    }

    private static long[] sizes(JsonNode node, String key) {
      JsonNode array = node.path(key);
      checkArgument(array.isArray(), "expected %s to be a list of sizes", key);
      Weight.requireRank(array.size());
      long[] sizes = new long[array.size()];
      for (int i = 0; i < sizes.length; i++) {
        JsonNode size = array.get(i);
        checkArgument(
            size.isIntegralNumber() && size.canConvertToLong() && size.asLong() >= 0,
            "expected %s to hold whole numbers ≥ 0, found %s",
            key,
            Messages.printable(size.toString()));
        sizes[i] = size.asLong();
      }
      return sizes;
    }

    private static ImmutableMap<String, String> metadata(JsonNode node) {
      checkArgument(node.isObject(), "%s is not a JSON object", METADATA);
      ImmutableMap.Builder<String, String> metadata = ImmutableMap.builder();
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        checkArgument(
            field.getValue().isTextual(),
            "%s must hold text, '%s' does not",
            METADATA,
            Messages.printable(field.getKey()));
        metadata.put(field.getKey(), field.getValue().asText());
      }
      return metadata.buildOrThrow();
    }

    private static <T> T inTensor(String name, Supplier<T> reading) {
      try {
        return reading.get();
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "tensor '" + Messages.printable(name) + "': " + e.getMessage(), e);
      }
    }
  }

  /** Wide elements first, so that every tensor lies at a multiple of its element size. */
  private List<Map.Entry<String, Weight>> byAlignment() {
    List<Map.Entry<String, Weight>> entries = new ArrayList<>(tensors.entrySet());
    entries.sort(Comparator.comparingInt(entry -> -entry.getValue().dtype().bytes()));
    return entries;
  }

  private byte[] header(List<Map.Entry<String, Weight>> entries) {
    checkArgument(!tensors.containsKey(METADATA), "a tensor cannot be named %s", METADATA);
    ObjectNode root = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      root.set(METADATA, JSON.valueToTree(metadata));
    }
    long offset = 0;
    for (Map.Entry<String, Weight> entry : entries) {
      Weight tensor = entry.getValue();
      ObjectNode node = root.putObject(entry.getKey()).put("dtype", tensor.dtype().name());
      node.set("shape", JSON.valueToTree(tensor.shape().asArray()));
      node.putArray("data_offsets").add(offset).add(offset += tensor.byteSize());
    }
    byte[] text = root.toString().getBytes(StandardCharsets.UTF_8);
    int padding = Math.floorMod(-text.length, ALIGNMENT);
    return (root + " ".repeat(padding)).getBytes(StandardCharsets.UTF_8);
  }

  private static ByteBuffer lengthPrefix(long length) {
    return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(length).flip();
  }
}
