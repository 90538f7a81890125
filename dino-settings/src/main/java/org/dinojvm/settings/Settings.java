package org.dinojvm.settings;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import java.lang.reflect.RecordComponent;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The settings that a record holds: makes records from keys and texts, and tells what differs
 * between two. A component is one {@link Setting}, or a record of settings that belong together; to
 * users all of them form one flat list.
 */
public final class Settings<R extends Record> {

  private final Class<R> type;
  private final ImmutableMap<Class<?>, Class<? extends Record>> implementations;
  private final ImmutableList<SettingKey> keys;
  private final ImmutableMap<String, SettingKey> byName;

  private Settings(Class<R> type, ImmutableMap<Class<?>, Class<? extends Record>> implementations) {
    this.type = type;
    this.implementations = implementations;
    ImmutableList.Builder<SettingKey> found = ImmutableList.builder();
    addKeys(type, "", found);
    this.keys = found.build();
    ImmutableMap.Builder<String, SettingKey> names = ImmutableMap.builder();
    for (SettingKey key : keys) {
      names.put(key.key(), key);
      key.aliases().forEach(alias -> names.put(alias, key));
    }
    this.byName = names.buildOrThrow();
  }

  /** The settings of a record. */
  public static <R extends Record> Settings<R> of(Class<R> type) {
    return of(type, ImmutableMap.of());
  }

  /**
   * The settings of a record some of whose components are interfaces.
   *
   * @param implementations for each interface the record that is used for it
   */
  public static <R extends Record> Settings<R> of(
      Class<R> type, Map<Class<?>, Class<? extends Record>> implementations) {
    return new Settings<>(type, ImmutableMap.copyOf(implementations));
  }

  private void addKeys(
      Class<? extends Record> record, String heading, ImmutableList.Builder<SettingKey> found) {
    for (RecordComponent component : record.getRecordComponents()) {
      Heading own = component.getAnnotation(Heading.class);
      String under = own == null ? heading : own.value();
      if (isLeaf(component)) {
        found.add(SettingKey.of(component, under));
      } else {
        addKeys(recordOf(component), under, found);
      }
    }
  }

  private static boolean isLeaf(RecordComponent component) {
    return component.isAnnotationPresent(Setting.class);
  }

  private Class<? extends Record> recordOf(RecordComponent component) {
    Class<?> declared = component.getType();
    Class<? extends Record> implementation = implementations.get(declared);
    if (implementation != null) {
      return implementation;
    } else if (!declared.isRecord()) {
      throw new IllegalStateException(component + " has no @Setting and is no record of settings");
    }
    return declared.asSubclass(Record.class);
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
    return defaultsWith(ImmutableMap.of());
  }

  /** The record with every default but some, which it could not be made without. */
  public R defaultsWith(Map<SettingKey, Object> changes) {
    Map<SettingKey, Object> values = new LinkedHashMap<>();
    keys.forEach(key -> values.put(key, key.defaultValue()));
    values.putAll(changes);
    return create(values);
  }

  /** The record with some values replaced. */
  public R with(R base, Map<SettingKey, Object> changes) {
    Map<SettingKey, Object> values = new LinkedHashMap<>(entries(base));
    values.putAll(changes);
    return create(values);
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

  /** {@link #parse} of the texts whose keys are among these settings; the others are left out. */
  public ImmutableMap<SettingKey, Object> parseKnown(Map<String, String> texts, String origin) {
    return parse(Maps.filterKeys(texts, byName::containsKey), origin);
  }

  private IllegalArgumentException unknown(String name, String origin) {
    return new IllegalArgumentException(
        String.format("unknown key '%s' %s%s", name, origin, Nearest.suggestion(name, names())));
  }

  /** The record's values with their settings, in order. */
  public ImmutableMap<SettingKey, Object> entries(R record) {
    ImmutableMap.Builder<SettingKey, Object> entries = ImmutableMap.builder();
    Iterator<SettingKey> next = keys.iterator();
    leaves(record).forEach(value -> entries.put(next.next(), value));
    return entries.buildOrThrow();
  }

  /** The values of all settings in a record and in the records in it, in order. */
  private static ImmutableList<Object> leaves(Record record) {
    ImmutableList.Builder<Object> leaves = ImmutableList.builder();
    List<Object> values = RecordValues.of(record);
    RecordComponent[] components = record.getClass().getRecordComponents();
    for (int i = 0; i < components.length; i++) {
      if (isLeaf(components[i])) {
        leaves.add(values.get(i));
      } else {
        leaves.addAll(leaves((Record) values.get(i)));
      }
    }
    return leaves.build();
  }

  /** The settings whose values are not the same in two lists of {@link #entries}. */
  public static ImmutableList<Difference> differences(
      Map<SettingKey, Object> before, Map<SettingKey, Object> after) {
    Map<String, Object> old = new LinkedHashMap<>();
    before.forEach((key, value) -> old.put(key.key(), value));
    return after.entrySet().stream()
        .filter(entry -> !Objects.equals(entry.getValue(), old.get(entry.getKey().key())))
        .map(
            entry -> Difference.of(entry.getKey(), old.get(entry.getKey().key()), entry.getValue()))
        .collect(toImmutableList());
  }

  /**
   * A setting that changed.
   *
   * @param before its value then, as text; {@code none} where there was no such setting
   * @param after its value now, as text
   */
  public record Difference(SettingKey key, String before, String after) {

    private static Difference of(SettingKey key, Object before, Object after) {
      return new Difference(
          key, before == null ? "none" : SettingKey.text(before), SettingKey.text(after));
    }

    @Override
    public String toString() {
      return key.key() + ": " + before + " -> " + after;
    }
  }

  private R create(Map<SettingKey, Object> values) {
    return create(type, keys.stream().map(values::get).iterator());
  }

  private <T extends Record> T create(Class<T> record, Iterator<?> values) {
    ImmutableList.Builder<Object> components = ImmutableList.builder();
    for (RecordComponent component : record.getRecordComponents()) {
      components.add(isLeaf(component) ? values.next() : create(recordOf(component), values));
    }
    return RecordValues.construct(record, components.build());
  }
}
