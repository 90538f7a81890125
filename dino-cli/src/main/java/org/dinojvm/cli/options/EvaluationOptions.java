package org.dinojvm.cli.options;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationEntry;
import org.dinojvm.eval.FeatureOptions;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.settings.Settings;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A model, pictures and an evaluation's own settings: a {@link Mixin} for commands. */
public final class EvaluationOptions {

  private final EvaluationEntry entry;
  private final SettingOptions settings;
  private final OptionSpec train;

  @Mixin private final ModelOption model;

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
    this.settings = new SettingOptions(keys(entry));
    this.model = new ModelOption(models);
    this.train =
        OptionSpec.builder("--train")
            .type(Path.class)
            .required(!entry.bringsPictures())
            .paramLabel("DIR")
            .description("Pictures, in one sub-folder a class where labels are needed: they vote.")
            .build();
  }

  /** The evaluation's own settings, and which features it takes. */
  private static ImmutableList<SettingKey> keys(EvaluationEntry entry) {
    ImmutableList.Builder<SettingKey> keys = ImmutableList.builder();
    keys.addAll(entry.settings().keys());
    if (entry.takesFeatureOptions()) {
      keys.addAll(FeatureOptions.settings().keys());
    }
    return keys.build();
  }

  /** Adds the evaluation's own settings to the command that this is mixed into. */
  @Spec(Spec.Target.MIXEE)
  void addTo(CommandSpec command) {
    command.addOption(train);
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

  /** How far whoever made the model is trusted. */
  public Trust trust() {
    return model.trust();
  }

  /** The evaluation with the settings given. */
  public Evaluation evaluation() {
    return entry.configured(settings.given());
  }

  /** The same, without what is said of features. */
  public Evaluation plainEvaluation() {
    Set<String> shared = FeatureOptions.settings().names();
    return entry.create(Maps.filterKeys(settings.given(), key -> !shared.contains(key)));
  }

  /** Which features, and what is done with them. */
  public FeatureOptions featureOptions() {
    Settings<FeatureOptions> shared = FeatureOptions.settings();
    return shared.with(
        shared.defaults(), shared.parseKnown(settings.given(), "on the command line"));
  }

  /** All settings as texts by key, defaults where nothing is given. */
  public ImmutableMap<String, String> allSettings() {
    Map<String, String> given = settings.given();
    ImmutableMap.Builder<String, String> all = ImmutableMap.builder();
    keys(entry)
        .forEach(key -> all.put(key.key(), given.getOrDefault(key.key(), key.defaultText())));
    return all.buildOrThrow();
  }

  /**
   * The settings that tell a result from others, as texts by key: those that have not their
   * default; of a folder its name, and none of a file, which only says where something is kept.
   */
  public ImmutableMap<String, String> changedSettings() {
    Map<String, String> given = settings.given();
    ImmutableMap.Builder<String, String> changed = ImmutableMap.builder();
    for (SettingKey key : keys(entry)) {
      String text = given.getOrDefault(key.key(), key.defaultText());
      Object value = key.parse(text, "on the command line");
      if (!value.equals(key.defaultValue()) && !key.unit().equals("file")) {
        changed.put(key.key(), key.unit().equals("folder") ? nameOf(text) : text);
      }
    }
    return changed.buildOrThrow();
  }

  private static String nameOf(String folder) {
    Path name = Path.of(folder).toAbsolutePath().normalize().getFileName();
    return name == null ? folder : name.toString();
  }

  /** Scans the pictures, and says what of them was skipped, and why. */
  public EvaluationData data(PrintWriter messages, boolean drawing) throws IOException {
    Path folder = train.getValue();
    return folder == null
        ? EvaluationData.none(drawing)
        : PictureFolders.evaluationData(folder, Optional.ofNullable(val), messages, drawing);
  }
}
