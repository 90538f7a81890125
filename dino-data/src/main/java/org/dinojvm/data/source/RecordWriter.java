package org.dinojvm.data.source;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.files.DurableFiles;
import org.tensorflow.proto.BytesList;
import org.tensorflow.proto.Example;
import org.tensorflow.proto.Feature;
import org.tensorflow.proto.Features;
import org.tensorflow.proto.Int64List;

/** Writes pictures to TFRecord files as {@link Records} reads them. */
public final class RecordWriter {

  private RecordWriter() {}

  /**
   * Writes pictures to {@code pictures-00000-of-000NN.tfrecord} and so on, in an order that mixes
   * the classes, each picture's bytes as they are. Files appear whole or not at all.
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
    DurableFiles.writeFolder(
        target,
        aside -> {
          for (int shard = 0; shard < shards; shard++) {
            writeShard(folder, aside, shard, shards);
          }
        });
  }

  private static void writeShard(ImageFolder folder, Path target, int shard, int shards)
      throws IOException {
    Path file = target.resolve("pictures-%05d-of-%05d%s".formatted(shard, shards, Records.SUFFIX));
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      for (int i = shard; i < folder.pictures().size(); i += shards) {
        out.write(TfRecord.framed(example(folder, folder.pictures().get(i)).toByteArray()));
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
            .putFeature(Records.ENCODED, bytes(ByteString.copyFrom(picture.read())))
            .putFeature(Records.FILE_NAME, bytes(ByteString.copyFrom(picture.fileName(), UTF_8)));
    if (picture.label() != ImageFolder.UNLABELLED) {
      features.putFeature(
          Records.LABEL,
          Feature.newBuilder()
              .setInt64List(Int64List.newBuilder().addValue(picture.label()))
              .build());
      features.putFeature(
          Records.CLASS, bytes(ByteString.copyFrom(folder.classes().get(picture.label()), UTF_8)));
    }
    return Example.newBuilder().setFeatures(features).build();
  }

  private static Feature bytes(ByteString value) {
    return Feature.newBuilder().setBytesList(BytesList.newBuilder().addValue(value)).build();
  }
}
