package org.dinojvm.model.xla;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/** Tensors by name, in order: what a computation reads, what it gives, or gradients for either. */
public final class Tensors {

  private static final Tensors NONE = new Tensors(ImmutableMap.of());

  private final ImmutableMap<String, Operand<?>> byName;

  private Tensors(ImmutableMap<String, Operand<?>> byName) {
    this.byName = byName;
  }

  /** No tensor. */
  public static Tensors none() {
    return NONE;
  }

  /** One tensor. */
  public static Tensors of(String name, Operand<?> tensor) {
    return NONE.and(name, tensor);
  }

  /** These and another. */
  public Tensors and(String name, Operand<?> tensor) {
    checkArgument(!has(name), "there are two tensors named '%s'", name);
    return new Tensors(
        ImmutableMap.<String, Operand<?>>builder().putAll(byName).put(name, tensor).buildOrThrow());
  }

  /** These and another, if there is one. */
  public Tensors and(String name, Optional<? extends Operand<?>> tensor) {
    return tensor.isPresent() ? and(name, tensor.get()) : this;
  }

  /** These and others, which have other names. */
  public Tensors and(Tensors others) {
    Tensors all = this;
    for (String name : others.names()) {
      all = all.and(name, others.any(name));
    }
    return all;
  }

  /** Whether one has this name. */
  public boolean has(String name) {
    return byName.containsKey(name);
  }

  /** The names, in order. The list does not hold the tensors. */
  public ImmutableList<String> names() {
    return ImmutableList.copyOf(byName.keySet().toArray(new String[0]));
  }

  /** The float32 tensor of a name. */
  public Operand<TFloat32> get(String name) {
    return get(name, TFloat32.class);
  }

  /** The float32 tensor of a name, if there is one. */
  public Optional<Operand<TFloat32>> find(String name) {
    return has(name) ? Optional.of(get(name)) : Optional.empty();
  }

  /**
   * The tensor of a name.
   *
   * @throws IllegalArgumentException if there is none or its type is another
   */
  public <T extends TType> Operand<T> get(String name, Class<T> type) {
    return any(name).asOutput().expect(type);
  }

  /**
   * The tensor of a name, of whatever type.
   *
   * @throws IllegalArgumentException if there is none
   */
  Operand<?> any(String name) {
    Operand<?> tensor = byName.get(name);
    checkArgument(tensor != null, "no tensor is named '%s' among %s", name, byName.keySet());
    return tensor;
  }

  /** The tensors in order. */
  ImmutableList<Operand<?>> all() {
    return byName.values().asList();
  }
}
