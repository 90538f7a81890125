package org.dinojvm.settings;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * What there is of one kind, by name: objectives, backbones, evaluations. An implementation makes
 * itself known by a line in {@code META-INF/services} of whatever jar it is in ({@link
 * ServiceLoader}), so that adding one changes no other file.
 *
 * @param <E> the kind
 */
public final class Registry<E extends Registry.Entry> {

  /** What can be found by name. */
  public interface Entry {

    /** The name that users write, e.g. {@code dino}. */
    String name();

    /** Other names that mean the same. */
    default ImmutableList<String> aliases() {
      return ImmutableList.of();
    }
  }

  private final String kind;
  private final ImmutableMap<String, E> byName;
  private final ImmutableMap<String, String> names;

  private Registry(String kind, ServiceLoader<E> services) {
    this.kind = kind;
    Map<String, E> entries = new LinkedHashMap<>();
    Map<String, String> accepted = new LinkedHashMap<>();
    for (E entry : services) {
      if (entries.putIfAbsent(entry.name(), entry) != null) {
        throw new IllegalStateException("two implementations of " + kind + " " + entry.name());
      }
      accepted.put(entry.name(), entry.name());
      entry.aliases().forEach(alias -> accepted.put(alias, entry.name()));
    }
    byName = ImmutableMap.copyOf(entries);
    names = ImmutableMap.copyOf(accepted);
  }

  /**
   * Finds all implementations on the class path.
   *
   * @param kind what one is called in messages, e.g. {@code method}
   */
  public static <E extends Entry> Registry<E> of(String kind, Class<E> type) {
    return new Registry<>(kind, ServiceLoader.load(type));
  }

  /** All, in the order of their files. */
  public ImmutableCollection<E> all() {
    return byName.values();
  }

  /** What each accepted name means: itself, or the name that it is another one for. */
  public ImmutableMap<String, String> names() {
    return names;
  }

  /**
   * The one of a name.
   *
   * @throws IllegalArgumentException with the names to choose from if there is none
   */
  public E get(String name) {
    String known = names.get(name);
    if (known == null) {
      throw new IllegalArgumentException(
          "no %s is named '%s'%s; there are %s"
              .formatted(
                  kind,
                  name,
                  Nearest.suggestion(name, names.keySet()),
                  String.join(", ", byName.keySet())));
    }
    return byName.get(known);
  }
}
