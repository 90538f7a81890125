package org.dinojvm.verify.objective;

import org.dinojvm.model.Initializer;
import org.dinojvm.train.step.Recipe;
import org.dinojvm.verify.Pixels;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** What an objective gives weights that keep their initial value. */
final class FixedWeights {

  private FixedWeights() {}

  /** The elements of one. */
  static float[] initial(Recipe recipe, String name, Shape shape) {
    Initializer initializer = recipe.objective().fixedWeights(recipe.backbone()).get(name);
    try (Graph graph = new Graph()) {
      Operand<TFloat32> value =
          initializer.value(Ops.create(graph), shape, new long[] {recipe.seed(), 0});
      try (Session session = new Session(graph);
          Result result = session.runner().fetch(value).run()) {
        return Pixels.floats(result.get(0));
      }
    }
  }
}
