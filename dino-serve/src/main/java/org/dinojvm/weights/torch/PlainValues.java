package org.dinojvm.weights.torch;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dinojvm.weights.DType;
import org.dinojvm.weights.Weight;

/**
 * Turns what an unpickler built into unmodifiable plain values, tensors into {@link Weight}s. What
 * contains itself or nests without end is refused; what is shared stays shared.
 */
final class PlainValues {
  private static final int MAX_DEPTH = 100;

  /** A finished value and how deep it nests. */
  private record Plain(Object value, int height) {}

  private final IdentityHashMap<Object, Plain> done = new IdentityHashMap<>();
  private final Set<Object> open = Collections.newSetFromMap(new IdentityHashMap<>());

  private PlainValues() {}

  static Object of(Object value) {
    return new PlainValues().plain(value).value;
  }

  private Plain plain(Object value) {
    if (value instanceof TorchStorage.View view) {
      return new Plain(view.weight(), 0);
    }
    if (value instanceof TorchGlobals.Namespace namespace) {
      return plain(namespace.attributes());
    }
    if (value instanceof Collection || value instanceof Map) {
      return container(value);
    }
    return new Plain(leaf(value), 0);
  }

  private static Object leaf(Object value) {
    if (value instanceof DType dtype) {
      return dtype.name();
    }
    checkArgument(
        value == null
            || value instanceof Boolean
            || value instanceof Number
            || value instanceof String
            || value instanceof byte[],
        "damaged: the pickle keeps a function or a storage where a value is expected");
    return value;
  }

  private Plain container(Object value) {
    Plain known = done.get(value);
    if (known != null) {
      return known;
    }
    checkArgument(open.add(value), "the pickle holds a container that contains itself");
    checkArgument(open.size() <= MAX_DEPTH, "the pickle nests deeper than %s levels", MAX_DEPTH);
    Plain plain = value instanceof Map<?, ?> map ? map(map) : collection((Collection<?>) value);
    checkArgument(plain.height <= MAX_DEPTH, "the pickle nests deeper than %s levels", MAX_DEPTH);
    open.remove(value);
    done.put(value, plain);
    return plain;
  }

  private Plain map(Map<?, ?> map) {
    Map<Object, Object> values = new LinkedHashMap<>();
    int height = 0;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      Plain plain = plain(entry.getValue());
      values.put(entry.getKey(), plain.value);
      height = Math.max(height, plain.height);
    }
    return new Plain(Collections.unmodifiableMap(values), height + 1);
  }

  private Plain collection(Collection<?> collection) {
    if (collection instanceof Set) {
      return new Plain(Collections.unmodifiableSet(new LinkedHashSet<>(collection)), 1);
    }
    List<Object> values = new ArrayList<>();
    int height = 0;
    for (Object element : collection) {
      Plain plain = plain(element);
      values.add(plain.value);
      height = Math.max(height, plain.height);
    }
    return new Plain(Collections.unmodifiableList(values), height + 1);
  }
}
