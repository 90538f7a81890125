package org.dinojvm.verify;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;

/** A file of tensors that knows which of them were used, so that none goes unchecked. */
public final class ReferenceFile {

  private final Safetensors content;
  private final Set<String> used = new HashSet<>();

  private ReferenceFile(Safetensors content) {
    this.content = content;
  }

  /** The content of a file. */
  public static ReferenceFile read(Path file) {
    return new ReferenceFile(Safetensors.read(file));
  }

  /** Whether there is a tensor of that name. */
  public boolean has(String name) {
    return content.tensors().containsKey(name);
  }

  /** The tensor of that name, which must be there. */
  public Weight tensor(String name) {
    used.add(name);
    return content.tensor(name);
  }

  /** Names of the tensors that end like this, without that end. */
  public ImmutableList<String> namesBefore(String end) {
    return content.tensors().keySet().stream()
        .filter(name -> name.endsWith(end))
        .map(name -> name.substring(0, name.length() - end.length()))
        .collect(ImmutableList.toImmutableList());
  }

  /** How many of the tensors {@code input.output} have a number behind a part of their name. */
  public int numbered(String input, String output) {
    int count = 0;
    while (has(input + "." + output + count)) {
      count++;
    }
    return count;
  }

  /** The tensors whose names start like this, without that start. */
  public ImmutableMap<String, Weight> below(String start) {
    ImmutableMap.Builder<String, Weight> tensors = ImmutableMap.builder();
    for (String name : content.tensors().keySet()) {
      if (name.startsWith(start)) {
        tensors.put(name.substring(start.length()), tensor(name));
      }
    }
    return tensors.buildOrThrow();
  }

  /** A text of the metadata, which must be there. */
  public String text(String key) {
    String value = content.metadata().get(key);
    checkArgument(
        value != null, "no '%s' in the metadata, which has %s", key, content.metadata().keySet());
    return value;
  }

  /** A text of the metadata, if it is there. */
  public Optional<String> find(String key) {
    return Optional.ofNullable(content.metadata().get(key));
  }

  /** A whole number of the metadata, which must be there. */
  public int whole(String key) {
    String text = text(key);
    checkArgument(text.matches("\\d{1,9}"), "'%s' is '%s', not a whole number", key, text);
    return Integer.parseInt(text);
  }

  /** A number of the metadata, which must be there. */
  public double number(String key) {
    try {
      return Double.parseDouble(text(key));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'%s' is '%s', not a number".formatted(key, text(key)), e);
    }
  }

  /** True or false of the metadata, which must be there. */
  public boolean flag(String key) {
    String text = text(key);
    checkArgument(
        text.equals("true") || text.equals("false"), "'%s' is '%s', not true or false", key, text);
    return text.equals("true");
  }

  /** Refuses a file with tensors that nobody asked for: they would pass unchecked. */
  public void requireAllUsed() {
    Set<String> unused = Sets.difference(content.tensors().keySet(), used);
    checkArgument(
        unused.isEmpty(),
        "%s tensors are of no known use, the first is '%s'",
        unused.size(),
        unused.stream().findFirst().orElse(""));
  }
}
