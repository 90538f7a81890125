package org.dinojvm.cli.options;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationEntry;
import org.dinojvm.eval.LabelledSplit;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A model, pictures and an evaluation's own settings: a {@link Mixin} for commands. */
public final class EvaluationOptions {

  private final EvaluationEntry entry;
  private final SettingOptions settings;

  @Mixin private final ModelOption model;

  @Option(
      names = "--train",
      required = true,
      paramLabel = "DIR",
      description = "Pictures, in one sub-folder a class where labels are needed: they vote.")
  private Path train;

  @Option(
      names = "--val",
      paramLabel = "DIR",
      description = "Labelled pictures to classify; without it, each of --train by the others.")
  private Path val;

  @Option(names = "--json", description = "Print one JSON object instead of a table.")
  private boolean json;

  /** The options of an evaluation of models that are opened by a function. */
  public EvaluationOptions(EvaluationEntry entry, BiFunction<Path, Trust, FeatureModel> models) {
    this.entry = entry;
    this.settings = new SettingOptions(entry.settings().keys());
    this.model = new ModelOption(models);
  }

  /** Adds the evaluation's own settings to the command that this is mixed into. */
  @Spec(Spec.Target.MIXEE)
  void addTo(CommandSpec command) {
    settings.all().values().forEach(command::addOption);
  }

  /** Opens the model, which is the caller's to close. */
  public FeatureModel open() {
    return model.open();
  }

  /** Where the model is. */
  public Path modelPath() {
    return model.path();
  }

  /** Whether to print JSON. */
  public boolean json() {
    return json;
  }

  /** The evaluation with the settings given. */
  public Evaluation evaluation() {
    return entry.create(settings.given());
  }

  /** The settings given. */
  public Map<String, String> given() {
    return settings.given();
  }

  /** Scans the pictures, and says what of them was skipped, and why. */
  public EvaluationData data(PrintWriter messages, boolean drawing) throws IOException {
    ImageFolder pictures = PictureFolders.open(train, messages);
    boolean hasLabels =
        pictures.pictures().stream().anyMatch(each -> each.label() != ImageFolder.UNLABELLED);
    if (val == null && !hasLabels) {
      return new EvaluationData(pictures, Optional.empty(), drawing);
    }
    LabelledSplit split =
        new LabelledSplit(
            PictureFolders.labelled(pictures, messages),
            val == null
                ? Optional.empty()
                : Optional.of(PictureFolders.scanLabelled(val, messages)));
    return new EvaluationData(pictures, Optional.of(split), drawing);
  }
}
