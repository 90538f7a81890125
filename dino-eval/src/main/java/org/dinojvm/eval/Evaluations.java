package org.dinojvm.eval;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dinojvm.settings.Registry;

/** All evaluations on the class path, by name. */
public final class Evaluations {

  private static final Registry<EvaluationEntry> EVALUATIONS =
      Registry.of("evaluation", EvaluationEntry.class);

  private static final Pattern CALL = Pattern.compile("\\s*([^()\\s]+)\\s*(?:\\((.*)\\))?\\s*");
  private static final Splitter SETTINGS = Splitter.on(';').trimResults().omitEmptyStrings();

  private Evaluations() {}

  /** All evaluations. */
  public static ImmutableCollection<EvaluationEntry> all() {
    return EVALUATIONS.all();
  }

  /**
   * The evaluation of a name.
   *
   * @throws IllegalArgumentException with the names to choose from if there is none
   */
  public static EvaluationEntry get(String name) {
    return EVALUATIONS.get(name);
  }

  /**
   * Evaluations by name, as users write them: {@code knn}, or with settings other than the
   * defaults, those of its own and {@link FeatureOptions} alike, {@code knn(k=20; whiten=true)}.
   *
   * @throws IllegalArgumentException with the names to choose from if there is none of a name, or
   *     if a setting is unknown or breaks a rule
   */
  public static ImmutableMap<String, Evaluation> named(List<String> texts) {
    ImmutableMap.Builder<String, Evaluation> evaluations = ImmutableMap.builder();
    Set<String> names = new HashSet<>();
    for (String text : texts) {
      Matcher call = CALL.matcher(text);
      checkArgument(
          call.matches(), "'%s' is no evaluation; write knn, or knn(k=20; whiten=true)", text);
      String name = call.group(1);
      checkArgument(names.add(name), "evaluation %s is named twice: name each once", name);
      evaluations.put(name, get(name).configured(settings(text, call.group(2))));
    }
    return evaluations.buildOrThrow();
  }

  private static ImmutableMap<String, String> settings(String text, String list) {
    ImmutableMap.Builder<String, String> settings = ImmutableMap.builder();
    for (String setting : SETTINGS.split(list == null ? "" : list)) {
      int equals = setting.indexOf('=');
      checkArgument(
          equals > 0, "'%s' in '%s' is no setting; write key=value; key=value", setting, text);
      settings.put(setting.substring(0, equals).trim(), setting.substring(equals + 1).trim());
    }
    return settings.buildOrThrow();
  }
}
