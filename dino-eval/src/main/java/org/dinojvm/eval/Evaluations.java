package org.dinojvm.eval;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.List;
import org.dinojvm.settings.Registry;

/** All evaluations on the class path, by name. */
public final class Evaluations {

  private static final Registry<EvaluationEntry> EVALUATIONS =
      Registry.of("evaluation", EvaluationEntry.class);

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
   * Evaluations with their default settings, by name.
   *
   * @throws IllegalArgumentException with the names to choose from if there is none of a name
   */
  public static ImmutableMap<String, Evaluation> named(List<String> names) {
    return Maps.toMap(names, name -> get(name).create());
  }
}
