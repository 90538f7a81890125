package org.dinojvm.data;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.Bytes;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
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
import org.dinojvm.data.ImageFolder.Part;
import org.dinojvm.data.ImageFolder.Picture;
import org.dinojvm.data.ImageFolder.SkippedFile;
import org.dinojvm.files.DurableFiles;
import org.tensorflow.proto.BytesList;
import org.tensorflow.proto.Example;
import org.tensorflow.proto.Feature;
import org.tensorflow.proto.Features;
import org.tensorflow.proto.Int64List;

/**
 * Pictures in TFRecord files of {@code tf.train.Example}, under the keys of ImageNet and of
 * TensorFlow Datasets: {@code image/encoded}, {@code image/class/label} and {@code
 * image/class/text}.
 *
 * <p>A scan notes where each picture's bytes lie, so that training reads them in any order, as it
 * reads files.
 */
public final class Records {

  private static final String ENCODED = "image/encoded";
  private static final String LABEL = "image/class/label";
  private static final String CLASS = "image/class/text";
  private static final String FILE_NAME = "image/filename";

  private static final String SUFFIX = ".tfrecord";

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
    ImmutableList.Builder<Picture> pictures = ImmutableList.builder();
    List<PictureCheck.Finding> findings =
        PictureCheck.all(
            entries,
            scan,
            (check, entry) ->
                scan.finding(
                    entry.part.name(entry.shard),
                    entry.shard,
                    () -> check(check, entry.shard, entry.part)));
    for (int i = 0; i < entries.size(); i++) {
      PictureCheck.Finding finding = findings.get(i);
      Entry entry = entries.get(i);
      if (finding.usable()) {
        pictures.add(
            new Picture(
                entry.shard,
                Optional.of(entry.part),
                classes.indexOf(entry.className), // −1, unlabelled, where it has none
                finding.width(),
                finding.height()));
      } else {
        skipped.add(new SkippedFile(finding.file(), finding.reason()));
      }
    }
    Path root = shards.get(0).getParent();
    ImageFolder folder =
        new ImageFolder(root, pictures.build(), classes, ImmutableList.copyOf(skipped));
    folder.checkUsable();
    return folder;
  }

  private static PictureCheck.Finding check(PictureCheck check, Path shard, Part part) {
    Path name = part.name(shard);
    try {
      return check.check(name, part.read(shard));
    } catch (IOException e) {
      return PictureCheck.unreadable(name, e);
    }
  }

  /** Notes a file's records; a damaged file counts up to its first damage. */
  private static void index(Path shard, List<Entry> entries, List<SkippedFile> skipped) {
    int number = 0;
    try (FileChannel file = FileChannel.open(shard)) {
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

  /** Why pictures of an earlier scan can no longer be used, for those of which that is so. */
  public static ImmutableList<SkippedFile> check(List<Picture> pictures) {
    return PictureCheck.all(pictures, Scan.silent(), Records::check).stream()
        .filter(finding -> !finding.usable())
        .map(finding -> new SkippedFile(finding.file(), finding.reason()))
        .collect(toImmutableList());
  }

  private static PictureCheck.Finding check(PictureCheck check, Picture picture) {
    return picture
        .part()
        .map(part -> check(check, picture.file(), part))
        .orElseGet(() -> check.check(picture.file()));
  }

  /**
   * Writes pictures to {@code pictures-00000-of-000NN.tfrecord} and so on, in an order that mixes
   * the classes, each picture's bytes as they are. The folder appears whole or not at all.
   *
   * @param target a folder that does not exist yet or is empty
   */
  public static void write(ImageFolder folder, Path target, int shards) throws IOException {
    int count = folder.pictures().size();
    checkArgument(
        1 <= shards && shards <= count,
        "illegal number of shards %s: 1 to the number of pictures, %s",
        shards,
        count);
    checkArgument(isAbsentOrEmpty(target), "not empty: %s; give a new folder", target);
    Files.createDirectories(target.toAbsolutePath().getParent());
    DurableFiles.writeFolder(target, aside -> writeShards(folder, aside, shards));
  }

  private static void writeShards(ImageFolder folder, Path target, int shards) throws IOException {
    int count = folder.pictures().size();
    for (int shard = 0; shard < shards; shard++) {
      Path file = target.resolve("pictures-%05d-of-%05d%s".formatted(shard, shards, SUFFIX));
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
        for (int i = shard; i < count; i += shards) {
          out.write(TfRecord.framed(example(folder, folder.pictures().get(i)).toByteArray()));
        }
      }
    }
  }

  private static boolean isAbsentOrEmpty(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return !Files.exists(folder);
    }
    try (Stream<Path> children = Files.list(folder)) {
      return children.findAny().isEmpty();
    }
  }

  private static Example example(ImageFolder folder, Picture picture) throws IOException {
    Features.Builder features =
        Features.newBuilder()
            .putFeature(ENCODED, bytes(ByteString.copyFrom(picture.read())))
            .putFeature(FILE_NAME, bytes(ByteString.copyFrom(picture.fileName(), UTF_8)));
    if (picture.label() != ImageFolder.UNLABELLED) {
      features.putFeature(
          LABEL,
          Feature.newBuilder()
              .setInt64List(Int64List.newBuilder().addValue(picture.label()))
              .build());
      features.putFeature(
          CLASS, bytes(ByteString.copyFrom(folder.classes().get(picture.label()), UTF_8)));
    }
    return Example.newBuilder().setFeatures(features).build();
  }

  private static Feature bytes(ByteString value) {
    return Feature.newBuilder().setBytesList(BytesList.newBuilder().addValue(value)).build();
  }
}
