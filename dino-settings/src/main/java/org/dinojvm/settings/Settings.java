package org.dinojvm.settings;

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Streams;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The settings that a record holds, one {@link Setting} a component: makes records from keys and
 * texts, and tells what differs between two.
 */
public final class Settings<R extends Record> {

  private final Class<R> type;
  private final ImmutableList<SettingKey> keys;
  private final ImmutableMap<String, SettingKey> byName;

  private Settings(Class<R> type) {
    this.type = type;
    this.keys =
        Arrays.stream(type.getRecordComponents())
            .map(SettingKey::of)
            .collect(ImmutableList.toImmutableList());
    ImmutableMap.Builder<String, SettingKey> names = ImmutableMap.builder();
    for (SettingKey key : keys) {
      names.put(key.key(), key);
      key.aliases().forEach(alias -> names.put(alias, key));
    }
    this.byName = names.buildOrThrow();
  }

  public static <R extends Record> Settings<R> of(Class<R> type) {
    return new Settings<>(type);
  }

  /** All settings in the order of the record's components. */
  public ImmutableList<SettingKey> keys() {
    return keys;
  }

  /** All keys and aliases. */
  public ImmutableSet<String> names() {
    return byName.keySet();
  }

  /** The setting with this key or alias. */
  public Optional<SettingKey> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** The record with every default. */
  public R defaults() {
    return create(keys.stream().map(SettingKey::defaultValue).toList());
  }

  /** The record with some values replaced. */
  public R with(R base, Map<SettingKey, Object> changes) {
    Map<SettingKey, Object> values = new LinkedHashMap<>(entries(base));
    values.putAll(changes);
    return create(ImmutableList.copyOf(values.values()));
  }

  /**
   * Reads values.
   *
   * @param texts value by key or alias, as a user would write it
   * @param origin where the texts were written, for errors: {@code in train.yaml}
   * @throws IllegalArgumentException for an unknown key or a value of the wrong type
   */
  public ImmutableMap<SettingKey, Object> parse(Map<String, String> texts, String origin) {
    Map<SettingKey, Object> values = new LinkedHashMap<>();
    texts.forEach(
        (name, text) -> {
          SettingKey key = find(name).orElseThrow(() -> unknown(name, origin));
          if (values.put(key, key.parse(text, origin)) != null) {
            throw new IllegalArgumentException(
                key.key() + " is given twice " + origin + ", by more than one of its names");
          }
        });
    return ImmutableMap.copyOf(values);
  }

  private IllegalArgumentException unknown(String name, String origin) {
    return new IllegalArgumentException(
        String.format("unknown key '%s' %s%s", name, origin, Nearest.suggestion(name, names())));
  }

  /** The record's values with their settings, in order. */
  public ImmutableMap<SettingKey, Object> entries(R record) {
    return Streams.zip(keys.stream(), values(record).stream(), Map::entry)
        .collect(ImmutableMap.toImmutableMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /** The settings whose values are not the same in both. */
  public ImmutableList<Difference> differences(R before, R after) {
    List<Object> old = values(before);
    List<Object> now = values(after);
    ImmutableList.Builder<Difference> differences = ImmutableList.builder();
    for (int i = 0; i < keys.size(); i++) {
      if (!old.get(i).equals(now.get(i))) {
        differences.add(
            new Difference(
                keys.get(i).key(), SettingKey.text(old.get(i)), SettingKey.text(now.get(i))));
      }
    }
    return differences.build();
  }

  /** A setting that changed. */
  public record Difference(String key, String before, String after) {
    @Override
    public String toString() {
      return key + ": " + before + " -> " + after;
    }
  }

  private R create(List<Object> values) {
    return construct(type, values.toArray());
  }

  /** The values of a record's components, in order. */
  static ImmutableList<Object> values(Record record) {
    return Arrays.stream(record.getClass().getRecordComponents())
        .map(component -> value(record, component))
        .collect(ImmutableList.toImmutableList());
  }

  private static Object value(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }

  /** Calls the canonical constructor; what it throws is passed on as it is. */
  static <T extends Record> T construct(Class<T> type, Object[] values) {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      return type.getConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      Throwables.throwIfUnchecked(e.getCause());
      throw new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot construct " + type, e);
    }
  }
}
