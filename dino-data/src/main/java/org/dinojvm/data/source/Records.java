package org.dinojvm.data.source;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.Bytes;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.dinojvm.data.source.ImageFolder.Part;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.ImageFolder.SkippedFile;
import org.tensorflow.proto.Example;
import org.tensorflow.proto.Feature;
import org.tensorflow.proto.Features;

/**
 * Pictures in TFRecord files of {@code tf.train.Example}, under the keys of ImageNet and of
 * TensorFlow Datasets: {@code image/encoded}, {@code image/class/label} and {@code
 * image/class/text}.
 *
 * <p>A scan notes where each picture's bytes lie, so that training reads them in any order, as it
 * reads files.
 */
public final class Records {

  static final String ENCODED = "image/encoded";
  static final String LABEL = "image/class/label";
  static final String CLASS = "image/class/text";
  static final String FILE_NAME = "image/filename";

  static final String SUFFIX = ".tfrecord";

  private Records() {}

  /**
   * Pictures from wherever they are: a folder, a list of files ({@link ImageFolder#scan}), one
   * TFRecord file, a folder of them, or a pattern such as {@code DIR/*.tfrecord}.
   *
   * @throws IllegalArgumentException if there is no usable picture
   */
  public static ImageFolder open(Path source) throws IOException {
    return open(source, Scan.silent());
  }

  /** The same with what an earlier scan knows. */
  public static ImageFolder open(Path source, Scan scan) throws IOException {
    List<Path> shards = shards(source.toAbsolutePath());
    return shards.isEmpty() ? ImageFolder.scan(source, scan) : scan(shards, scan);
  }

  /** TFRecord files that a source means, sorted; empty if it means something else. */
  private static List<Path> shards(Path source) throws IOException {
    Path parent = source.getParent();
    if (Files.isDirectory(source)) {
      return matching(source, "*" + SUFFIX + "*");
    } else if (Files.exists(source)) {
      return isShard(source) && Files.isRegularFile(source)
          ? ImmutableList.of(source)
          : ImmutableList.of();
    } else if (parent != null && Files.isDirectory(parent)) {
      List<Path> found = matching(parent, source.getFileName().toString());
      return found.stream().allMatch(Records::isShard) ? found : ImmutableList.of();
    }
    return ImmutableList.of();
  }

  private static boolean isShard(Path file) {
    return file.getFileName().toString().contains(SUFFIX);
  }

  private static List<Path> matching(Path folder, String pattern) throws IOException {
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    try (Stream<Path> children = Files.list(folder)) {
      return children
          .filter(child -> matcher.matches(child.getFileName()))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    }
  }

  /** A record with a picture. */
  private record Entry(Path shard, Part part, String className) {}

  private static ImageFolder scan(List<Path> shards, Scan scan) throws IOException {
    List<Entry> entries = new ArrayList<>();
    List<SkippedFile> skipped = new ArrayList<>();
    for (Path shard : shards) {
      index(shard, entries, skipped);
    }
    ImmutableList<String> classes =
        entries.stream()
            .map(Entry::className)
            .filter(name -> !name.isEmpty())
            .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder()))
            .asList();
    List<Picture> candidates =
        entries.stream()
            .map(
                entry ->
                    Picture.candidate(
                        entry.shard,
                        Optional.of(entry.part),
                        classes.indexOf(entry.className))) // −1, unlabelled, where it has none
            .toList();
    return ImageFolder.checked(shards.get(0).getParent(), classes, candidates, skipped, scan);
  }

  /** Notes a file's records; a damaged file counts up to its first damage. */
  private static void index(Path shard, List<Entry> entries, List<SkippedFile> skipped) {
    int number = 0;
    try (FileChannel file = RegularFiles.open(shard)) {
      while (true) {
        long start = file.position();
        Optional<byte[]> record = TfRecord.read(file);
        if (record.isEmpty()) {
          return;
        }
        long before = start + TfRecord.HEADER;
        int length = record.get().length;
        Part whole = new Part(number, before, length, file.size() - before - length);
        Optional<Entry> entry = entry(shard, whole, record.get());
        entry.ifPresentOrElse(
            entries::add,
            () ->
                skipped.add(
                    new SkippedFile(whole.name(shard), "no tf.train.Example with " + ENCODED)));
        number++;
      }
    } catch (IllegalArgumentException e) {
      skipped.add(new SkippedFile(shard, "from record " + number + " on: " + e.getMessage()));
    } catch (IOException e) {
      skipped.add(new SkippedFile(shard, PictureCheck.unreadable(e)));
    }
  }

  private static Optional<Entry> entry(Path shard, Part whole, byte[] record) {
    try {
      Features features = Example.parseFrom(record).getFeatures();
      List<ByteString> encoded = feature(features, ENCODED).getBytesList().getValueList();
      if (encoded.size() != 1) {
        return Optional.empty();
      }
      byte[] bytes = encoded.get(0).toByteArray();
      int inside = Bytes.indexOf(record, bytes);
      long after = whole.after() + record.length - inside - bytes.length;
      Part part = new Part(whole.number(), whole.before() + inside, bytes.length, after);
      return Optional.of(new Entry(shard, part, className(features)));
    } catch (InvalidProtocolBufferException e) {
      return Optional.empty();
    }
  }

  /** The class's name, else its number in words that sort like it, else empty. */
  private static String className(Features features) {
    List<ByteString> names = feature(features, CLASS).getBytesList().getValueList();
    List<Long> numbers = feature(features, LABEL).getInt64List().getValueList();
    if (!names.isEmpty()) {
      return names.get(0).toStringUtf8();
    }
    return numbers.isEmpty() || numbers.get(0) < 0 ? "" : "%06d".formatted(numbers.get(0));
  }

  private static Feature feature(Features features, String key) {
    return features.getFeatureOrDefault(key, Feature.getDefaultInstance());
  }
}
