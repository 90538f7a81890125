package org.dinojvm.verify.evaluation;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import com.google.common.collect.Streams;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalDouble;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;

/**
 * A file of an evaluation's inputs and of what its published implementation made of them. The
 * metadata say, in JSON, which tensors are inputs, the configuration, and how exact each result is.
 */
public final class EvaluationFile {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Safetensors content;
  private final JsonNode config;
  private final ImmutableSet<String> inputs;
  private final Tolerances tolerances;

  private EvaluationFile(Safetensors content) {
    this.content = content;
    this.config = json("config");
    this.inputs =
        Streams.stream(json("inputs").elements()).map(JsonNode::asText).collect(toImmutableSet());
    this.tolerances = Tolerances.of(json("tolerance"));
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException saying what is wrong with it
   */
  static EvaluationFile read(Path file) {
    return new EvaluationFile(Safetensors.read(file));
  }

  private JsonNode json(String key) {
    String text = content.metadata().get(key);
    checkArgument(
        text != null, "no '%s' in the metadata, which has %s", key, content.metadata().keySet());
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "'%s' in the metadata is not JSON: %s".formatted(key, e.getOriginalMessage()), e);
    }
  }

  /** Everything about the evaluation that has a number. */
  public JsonNode config() {
    return config;
  }

  /** A whole number of the configuration, which must be there. */
  public int whole(String key) {
    JsonNode value = config.path(key);
    checkArgument(value.isInt(), "'%s' in the configuration is %s, not a whole number", key, value);
    return value.asInt();
  }

  /** A number of the configuration, which must be there. */
  public double number(String key) {
    JsonNode value = config.path(key);
    checkArgument(value.isNumber(), "'%s' in the configuration is %s, not a number", key, value);
    return value.asDouble();
  }

  /** Whether there is a tensor of that name. */
  public boolean has(String name) {
    return content.tensors().containsKey(name);
  }

  /** A tensor, which must be there. */
  public Weight tensor(String name) {
    return content.tensor(name);
  }

  /** A matrix, or the rows of a tensor of more axes: [N, …] to [N, D]. */
  public float[][] rows(String name) {
    Weight tensor = content.tensor(name);
    int count = (int) tensor.shape().get(0);
    float[] values = tensor.floats();
    int width = values.length / Math.max(count, 1);
    float[][] rows = new float[count][];
    for (int row = 0; row < count; row++) {
      rows[row] = Arrays.copyOfRange(values, row * width, (row + 1) * width);
    }
    return rows;
  }

  /** Whole numbers, [N]. */
  public int[] wholes(String name) {
    return Arrays.stream(content.tensor(name).longs()).mapToInt(Math::toIntExact).toArray();
  }

  /** The inputs whose names start like this, without that start. */
  public ImmutableMap<String, Weight> inputsBelow(String start) {
    ImmutableMap.Builder<String, Weight> found = ImmutableMap.builder();
    for (String name : inputs) {
      if (name.startsWith(start)) {
        found.put(name.substring(start.length()), content.tensor(name));
      }
    }
    return found.buildOrThrow();
  }

  /** Names of the results: all tensors that are no inputs. */
  public ImmutableSet<String> results() {
    return Sets.difference(content.tensors().keySet(), inputs).immutableCopy();
  }

  /** The largest allowed error of a result; empty where its value is not defined. */
  OptionalDouble tolerance(String name) {
    return tolerances.of(name);
  }
}
