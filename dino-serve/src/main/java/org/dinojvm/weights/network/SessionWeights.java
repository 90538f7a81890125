package org.dinojvm.weights.network;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.dinojvm.weights.DType;
import org.dinojvm.weights.LazyBytes;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.PublishedNames;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.types.TFloat32;

/**
 * The weights that a session holds at present, all read in one run.
 *
 * @param values what reads each, by this project's name of the parameter
 */
public record SessionWeights(Session session, ImmutableMap<String, Operand<TFloat32>> values) {

  /** The weights by published name, in the order of {@link #values}; copies them. */
  public ImmutableMap<String, Weight> read() {
    ImmutableMap.Builder<String, Weight> parameters = ImmutableMap.builder();
    forEach((name, value) -> parameters.put(name, WeightLoader.weight(value)));
    return PublishedNames.toPublished(parameters.buildOrThrow());
  }

  /**
   * The weights by published name, whose values are copied out of the session when they are asked
   * for, so that they need not be in memory twice.
   */
  public Held hold() {
    return new Held(this);
  }

  /** Weights that can be read until this is closed. */
  public static final class Held implements AutoCloseable {

    private final Result result;
    private final ImmutableMap<String, Weight> weights;
    private boolean closed;

    private Held(SessionWeights of) {
      Session.Runner runner = of.session.runner();
      of.values.values().forEach(runner::fetch);
      result = runner.run();
      ImmutableMap.Builder<String, Weight> parameters = ImmutableMap.builder();
      ImmutableList<String> names = of.values.keySet().asList();
      for (int i = 0; i < names.size(); i++) {
        TFloat32 value = (TFloat32) result.get(i);
        int bytes = Math.toIntExact(value.size() * Float.BYTES);
        parameters.put(
            names.get(i),
            Weight.of(DType.F32, value.shape(), LazyBytes.of(bytes, () -> read(value))));
      }
      weights = PublishedNames.toPublished(parameters.buildOrThrow());
    }

    private ByteBuffer read(TFloat32 value) {
      checkState(!closed, "the weights were given back; read them before");
      return WeightLoader.weight(value).data();
    }

    public ImmutableMap<String, Weight> weights() {
      return weights;
    }

    @Override
    public void close() {
      closed = true;
      result.close();
    }
  }

  /**
   * Refuses weights that are not finite.
   *
   * @throws IllegalArgumentException with their published names
   */
  public void requireFinite() {
    List<String> notFinite = new ArrayList<>();
    forEach(
        (name, value) -> {
          if (!FiniteCheck.allFinite(value)) {
            notFinite.add(PublishedNames.publishedName(name));
          }
        });
    FiniteCheck.refuse(notFinite);
  }

  private void forEach(BiConsumer<String, TFloat32> reader) {
    Session.Runner runner = session.runner();
    values.values().forEach(runner::fetch);
    ImmutableList<String> names = values.keySet().asList();
    try (Result result = runner.run()) {
      for (int i = 0; i < names.size(); i++) {
        reader.accept(names.get(i), (TFloat32) result.get(i));
      }
    }
  }
}
