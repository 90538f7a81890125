package org.dinojvm.train.objective;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableMap;
import org.dinojvm.settings.Choices;
import org.dinojvm.settings.Registry;

/** All methods, by name: what the setting {@code method} may be. */
public final class Methods implements Choices {

  private static final Registry<Method> METHODS = Registry.of("method", Method.class);

  /** For {@link org.dinojvm.settings.Setting#choices}. */
  public Methods() {}

  @Override
  public ImmutableMap<String, String> names() {
    return METHODS.names();
  }

  /** All methods. */
  public static ImmutableCollection<Method> all() {
    return METHODS.all();
  }

  /**
   * The method of a name.
   *
   * @throws IllegalArgumentException with the names to choose from if there is none
   */
  public static Method get(String name) {
    return METHODS.get(name);
  }
}
