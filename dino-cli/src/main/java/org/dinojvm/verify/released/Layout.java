package org.dinojvm.verify.released;

import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.ndarray.Shape;

/** Names and shapes of a module's weights, as {@code state_dict()} of PyTorch lists them. */
final class Layout {

  private final Map<String, Shape> shapes = new LinkedHashMap<>();

  /** One tensor. */
  Layout tensor(String name, long... shape) {
    shapes.put(name, Shape.of(shape));
    return this;
  }

  /** A dense layer with a bias. */
  Layout linear(String name, long out, long in) {
    return tensor(name + ".weight", out, in).tensor(name + ".bias", out);
  }

  /** A convolution of square filters, with a bias. */
  Layout convolution(String name, long out, long in, long side) {
    return tensor(name + ".weight", out, in, side, side).tensor(name + ".bias", out);
  }

  /** A LayerNorm. */
  Layout norm(String name, long features) {
    return tensor(name + ".weight", features).tensor(name + ".bias", features);
  }

  /** A BatchNorm. */
  Layout batchNorm(String name, long features) {
    return norm(name, features)
        .tensor(name + ".running_mean", features)
        .tensor(name + ".running_var", features)
        .tensor(name + ".num_batches_tracked");
  }

  /** All of another module below a name. */
  Layout add(String prefix, Map<String, Shape> module) {
    module.forEach((name, shape) -> shapes.put(prefix + name, shape));
    return this;
  }

  ImmutableMap<String, Shape> shapes() {
    return ImmutableMap.copyOf(shapes);
  }
}
