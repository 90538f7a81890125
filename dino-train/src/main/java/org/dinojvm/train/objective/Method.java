package org.dinojvm.train.objective;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.dinojvm.settings.Registry;
import org.dinojvm.settings.Settings;

/**
 * A self-supervised method as users choose it, by {@code --method}: an {@link Objective} and the
 * defaults that were published with it. A method is one file, and the line of its class in {@code
 * META-INF/services/org.dinojvm.train.objective.Method}.
 */
public interface Method extends Registry.Entry {

  /** The objective: a record whose components are the method's own settings. */
  Class<? extends Record> objective();

  /**
   * Settings of other groups, by key, that the method's publication has otherwise than the
   * published DINO: optimizer, schedules, crops, colors.
   */
  default Map<String, String> defaults() {
    return ImmutableMap.of();
  }

  /**
   * {@link #defaults} for a family of backbones, where the publication's depend on it, as the
   * optimizer of those that were published for ResNets.
   *
   * @param family its name
   */
  default Map<String, String> defaults(String family) {
    return defaults();
  }

  /** The settings of a record that has an {@link Objective} among its components. */
  default <R extends Record> Settings<R> settings(Class<R> config) {
    return Settings.of(config, ImmutableMap.of(Objective.class, objective()));
  }
}
