package org.dinojvm.model.family;

import com.google.common.collect.ImmutableMap;
import org.dinojvm.settings.Choices;
import org.dinojvm.settings.Registry;

/** All architectures, by name: what the setting {@code arch} may be. */
public final class Backbones implements Choices {

  private static final Registry<BackboneFamily> FAMILIES =
      Registry.of("family of backbones", BackboneFamily.class);

  /** For {@link org.dinojvm.settings.Setting#choices}. */
  public Backbones() {}

  @Override
  public ImmutableMap<String, String> names() {
    ImmutableMap.Builder<String, String> names = ImmutableMap.builder();
    FAMILIES.all().forEach(family -> names.putAll(family.archs()));
    return names.buildOrThrow();
  }

  /** All families. */
  public static Iterable<BackboneFamily> families() {
    return FAMILIES.all();
  }

  /**
   * The family of an architecture.
   *
   * @throws IllegalArgumentException if there is no such architecture
   */
  public static BackboneFamily family(String arch) {
    for (BackboneFamily family : FAMILIES.all()) {
      if (family.archs().containsKey(arch)) {
        return family;
      }
    }
    throw new IllegalArgumentException(
        "no backbone is named '%s'; there are %s"
            .formatted(arch, String.join(", ", new Backbones().names().keySet())));
  }
}
