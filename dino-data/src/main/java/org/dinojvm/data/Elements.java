package org.dinojvm.data;

import com.google.common.collect.ImmutableList;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.family.TType;

/** Types and shapes of the components of a data set's elements. */
record Elements(ImmutableList<Class<? extends TType>> types, ImmutableList<Shape> shapes) {

  /** No component. */
  Elements() {
    this(ImmutableList.of(), ImmutableList.of());
  }

  /** These components, and one more. */
  Elements and(Class<? extends TType> type, Shape shape) {
    return new Elements(
        ImmutableList.<Class<? extends TType>>builder().addAll(types).add(type).build(),
        ImmutableList.<Shape>builder().addAll(shapes).add(shape).build());
  }
}
