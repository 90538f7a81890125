package org.dinojvm.verify.released;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.serve.ImportedTeacher;
import org.dinojvm.serve.SavedModelExporter;
import org.dinojvm.serve.Trust;
import org.dinojvm.serve.WeightsExporter;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.Report;
import org.dinojvm.verify.backbone.SameWeights;
import org.dinojvm.verify.released.ReleasedFile.Form;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.WeightNames;

/**
 * A file like a released one: recognized, imported as a SavedModel that computes what the network
 * does with the file's weights, written out under each kind of names and read again, and trained
 * from.
 *
 * @param released what the file is
 * @param steps of training to try; 0 for none
 */
public record ReleasedCheck(ReleasedFile released, int steps) implements Check {

  /**
   * Compares what import, export and training make of files like released ones.
   *
   * @param folder for the files, new, and for what is made of them
   * @param steps of training to try with each; 0 for none
   * @param progress is told of each file before it is written
   */
  public static Report verify(
      List<ReleasedFile> files, Path folder, int steps, Consumer<String> progress)
      throws IOException {
    Report.Builder report = new Report.Builder();
    for (ReleasedFile file : files) {
      progress.accept(file.name());
      report.addAll(new ReleasedCheck(file, steps).findings(file.write(folder)));
    }
    return report.build();
  }

  private static final double TOLERANCE = 1e-5;

  @Override
  public void run(Path path, Comparisons comparisons) {
    Path folder = path.resolveSibling(path.getFileName() + ".check");
    try {
      ImportedTeacher teacher = ImportedTeacher.read(path, "teacher", ImmutableMap.of());
      Backbone network = network(teacher);
      Path version = SavedModelExporter.export(teacher, folder.resolve("model"));
      ExamplePicture picture = ExamplePicture.of(teacher.config());
      ImmutableMap<String, float[]> expected = picture.outputs(network, weights(teacher));
      try (FeatureModel model = FeatureModels.open(version, Trust.CHECKED)) {
        picture
            .outputs(model)
            .forEach(
                (name, values) ->
                    comparisons.add(name, name, values, expected.get(name), TOLERANCE));
      }
      for (WeightNames names : names()) {
        Path exported = folder.resolve(names.toString().toLowerCase(java.util.Locale.ROOT));
        Files.createDirectories(exported);
        Path file = exported.resolve("model.safetensors");
        WeightsExporter.write(version, Trust.CHECKED, names, file);
        compareNames(names, Safetensors.read(file).tensors(), comparisons);
        try (FeatureModel model = FeatureModels.open(file, Trust.CHECKED)) {
          String aspect = "features, " + exported.getFileName() + " names";
          comparisons.add(
              aspect,
              aspect,
              picture.outputs(model).get(ExamplePicture.FEATURES),
              expected.get(ExamplePicture.FEATURES),
              TOLERANCE);
        }
      }
      if (steps > 0) {
        new ShortRun(path, folder.resolve("run")).train(steps, comparisons);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The released network, as which the file must be recognized. */
  private Backbone network(ImportedTeacher teacher) {
    Backbone network =
        BackboneSettings.of(ImmutableMap.of("arch", released.arch())).create(released.laidOutFor());
    checkArgument(
        teacher.config().backbone().arch().equals(released.arch())
            && teacher.config().createBackbone().equals(network),
        "recognized as %s, %s; the released network is %s, %s",
        teacher.config().backbone().arch(),
        teacher.config().createBackbone(),
        released.arch(),
        network);
    return network;
  }

  /**
   * The backbone's weights: as written, where they have published names; else as read, and {@link
   * #compareNames} holds them against the file.
   */
  private Map<String, Weight> weights(ImportedTeacher teacher) {
    return released.form() == Form.HUGGING_FACE
        ? teacher.weights().weights()
        : released.published();
  }

  private ImmutableList<WeightNames> names() {
    boolean inTransformers =
        !released.arch().startsWith("xcit") && !released.arch().startsWith("resnet");
    return inTransformers
        ? ImmutableList.copyOf(WeightNames.values())
        : ImmutableList.of(WeightNames.PUBLISHED, WeightNames.TIMM);
  }

  /** Under the names that the file has, the same tensors come out. */
  private void compareNames(
      WeightNames names, Map<String, Weight> tensors, Comparisons comparisons) {
    boolean huggingFace = released.form() == Form.HUGGING_FACE;
    if (huggingFace && names == WeightNames.HUGGINGFACE) {
      SameWeights.compare(tensors, released.values(), "weights out again", comparisons);
    } else if (!huggingFace && names == WeightNames.PUBLISHED) {
      SameWeights.compare(tensors, released.exported(), "weights out again", comparisons);
    }
  }
}
