package org.dinojvm.eval;

import com.google.common.collect.ImmutableMap;
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

  /** The evaluation with every default. */
  default Evaluation create() {
    return create(ImmutableMap.of());
  }

  private static <R extends Record> R create(Settings<R> settings, Map<String, String> texts) {
    return settings.with(settings.defaults(), settings.parse(texts, "on the command line"));
  }
}
