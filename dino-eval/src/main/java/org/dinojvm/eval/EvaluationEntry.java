package org.dinojvm.eval;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.Map;
import org.dinojvm.settings.Registry;
import org.dinojvm.settings.Settings;

/**
 * An {@link Evaluation} as users choose it, by {@code --evaluations} in training or by {@code dino
 * evaluate NAME}. An evaluation is one file, and the line of its entry's class in {@code
 * META-INF/services/org.dinojvm.eval.EvaluationEntry}.
 */
public interface EvaluationEntry extends Registry.Entry {

  /** What it tells of a model, in one sentence without a full stop at its end. */
  String description();

  /** The {@link Evaluation}: a record whose components are its own settings. */
  Class<? extends Record> evaluation();

  /** Those settings. */
  default Settings<? extends Record> settings() {
    return Settings.of(evaluation());
  }

  /**
   * The evaluation with some settings other than by default.
   *
   * @param texts value by key, as a user would write it
   * @throws IllegalArgumentException for an unknown key or a value that breaks a rule
   */
  default Evaluation create(Map<String, String> texts) {
    return (Evaluation) create(Settings.of(evaluation()), texts);
  }

  /** Whether its settings say where its pictures are, so that it can do without {@code --train}. */
  default boolean bringsPictures() {
    return false;
  }

  /** Whether {@link FeatureOptions} are of use to it; not where it asks for no features. */
  default boolean takesFeatureOptions() {
    return true;
  }

  /**
   * The evaluation with some settings other than by default, {@link FeatureOptions} among them.
   *
   * @param texts value by key, as a user would write it
   * @throws IllegalArgumentException for an unknown key or a value that breaks a rule
   */
  default Evaluation configured(Map<String, String> texts) {
    Settings<FeatureOptions> shared = FeatureOptions.settings();
    if (!takesFeatureOptions() || texts.keySet().stream().noneMatch(shared.names()::contains)) {
      return create(texts);
    }
    FeatureOptions options =
        shared.with(shared.defaults(), shared.parseKnown(texts, "on the command line"));
    Evaluation evaluation = create(Maps.filterKeys(texts, key -> !shared.names().contains(key)));
    return options.equals(FeatureOptions.DEFAULT)
        ? evaluation
        : new WithFeatures(evaluation, options);
  }

  /** The evaluation with every default. */
  default Evaluation create() {
    return create(ImmutableMap.of());
  }

  private static <R extends Record> R create(Settings<R> settings, Map<String, String> texts) {
    return settings.with(settings.defaults(), settings.parse(texts, "on the command line"));
  }
}
