package org.dinojvm.eval;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.TfRecord;
import org.dinojvm.files.DurableFiles;
import org.tensorflow.proto.BytesList;
import org.tensorflow.proto.Example;
import org.tensorflow.proto.Feature;
import org.tensorflow.proto.Features;
import org.tensorflow.proto.FloatList;
import org.tensorflow.proto.Int64List;

/** Files that features are written to, known by their ending. Each appears whole or not at all. */
public enum FeatureFormat {
  /**
   * NumPy's matrix; paths, and class names if there are classes, a line each in files beside it.
   */
  NPY(".npy") {
    @Override
    public ImmutableList<Path> files(Path output, ImageFolder folder) {
      return folder.classes().isEmpty()
          ? ImmutableList.of(output, Npy.pathsFile(output))
          : ImmutableList.of(output, Npy.pathsFile(output), labelsFile(output));
    }

    @Override
    public void write(Path output, ImageFolder folder, FeatureRows rows) throws IOException {
      Npy.writePaths(output, folder.pictures().stream().map(Picture::name).toList());
      if (!folder.classes().isEmpty()) {
        String lines =
            folder.pictures().stream()
                .map(picture -> className(folder, picture) + "\n")
                .collect(Collectors.joining());
        DurableFiles.write(labelsFile(output), out -> out.write(lines.getBytes(UTF_8)));
      }
      Npy.write(output, rows);
    }

    private static Path labelsFile(Path npy) {
      String paths = Npy.pathsFile(npy).getFileName().toString();
      return npy.resolveSibling(paths.replaceFirst("\\.txt$", ".labels.txt"));
    }
  },

  /** A line of path, class name and values for each picture, quoted as RFC 4180 says. */
  CSV(".csv") {
    @Override
    public void write(Path output, ImageFolder folder, FeatureRows rows) throws IOException {
      DurableFiles.write(
          output,
          out -> {
            StringBuilder header = new StringBuilder("path,label");
            for (int i = 0; i < rows.width(); i++) {
              header.append(",f").append(i);
            }
            out.write(header.append('\n').toString().getBytes(UTF_8));
            rows.forEach(
                (index, row) ->
                    out.write(csv(folder, folder.pictures().get(index), row).getBytes(UTF_8)));
          });
    }

    private static String csv(ImageFolder folder, Picture picture, float[] row) {
      StringBuilder line = new StringBuilder(quoted(picture.name().toString()));
      line.append(',').append(quoted(className(folder, picture)));
      for (float value : row) {
        line.append(',').append(value);
      }
      return line.append('\n').toString();
    }

    private static String quoted(String text) {
      return text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
          ? '"' + text.replace("\"", "\"\"") + '"'
          : text;
    }
  },

  /**
   * A {@code tf.train.Example} for each picture: {@code features}, {@code image/filename} and, for
   * a picture in a class's folder, {@code image/class/text} and {@code image/class/label}.
   */
  TFRECORD(".tfrecord") {
    @Override
    public void write(Path output, ImageFolder folder, FeatureRows rows) throws IOException {
      DurableFiles.write(
          output,
          out ->
              rows.forEach(
                  (index, row) ->
                      out.write(
                          TfRecord.framed(
                              example(folder, folder.pictures().get(index), row).toByteArray()))));
    }

    private static Example example(ImageFolder folder, Picture picture, float[] row) {
      FloatList.Builder values = FloatList.newBuilder();
      for (float value : row) {
        values.addValue(value);
      }
      Features.Builder features =
          Features.newBuilder()
              .putFeature("features", Feature.newBuilder().setFloatList(values).build())
              .putFeature("image/filename", text(picture.name().toString()));
      if (picture.label() != ImageFolder.UNLABELLED) {
        Int64List label = Int64List.newBuilder().addValue(picture.label()).build();
        features
            .putFeature("image/class/text", text(className(folder, picture)))
            .putFeature("image/class/label", Feature.newBuilder().setInt64List(label).build());
      }
      return Example.newBuilder().setFeatures(features).build();
    }

    private static Feature text(String value) {
      ByteString bytes = ByteString.copyFromUtf8(value);
      return Feature.newBuilder().setBytesList(BytesList.newBuilder().addValue(bytes)).build();
    }
  };

  private final String ending;

  FeatureFormat(String ending) {
    this.ending = ending;
  }

  /**
   * The format that a file's name ends with.
   *
   * @throws IllegalArgumentException if it ends with none
   */
  public static FeatureFormat of(Path output) {
    String name = output.getFileName().toString();
    return Arrays.stream(values())
        .filter(format -> name.endsWith(format.ending))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--output %s must end in %s".formatted(output, String.join(", ", endings()))));
  }

  private static List<String> endings() {
    return Arrays.stream(values()).map(FeatureFormat::ending).toList();
  }

  /** What a file's name ends with, with its dot. */
  public String ending() {
    return ending;
  }

  /** The files that {@link #write} makes, the matrix first. */
  public ImmutableList<Path> files(Path output, ImageFolder folder) {
    return ImmutableList.of(output);
  }

  /**
   * Writes features.
   *
   * @param rows one for each picture of the folder, in its order
   */
  public abstract void write(Path output, ImageFolder folder, FeatureRows rows) throws IOException;

  /** Empty for a picture that lies in no class's folder. */
  private static String className(ImageFolder folder, Picture picture) {
    return folder.className(picture).orElse("");
  }
}
