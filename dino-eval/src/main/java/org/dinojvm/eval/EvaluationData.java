package org.dinojvm.eval;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Optional;
import org.dinojvm.data.source.ImageFolder;

/**
 * What models are evaluated on.
 *
 * @param pictures with or without labels; during training, those that are trained on
 * @param labelled pictures whose classes are known, if there are such
 * @param drawing whether pictures that an evaluation draws will be looked at
 */
public record EvaluationData(
    ImageFolder pictures, Optional<LabelledSplit> labelled, boolean drawing) {

  /**
   * Pictures whose classes are known.
   *
   * @throws IllegalArgumentException if there are none
   */
  public LabelledSplit requireLabelled() {
    checkArgument(
        labelled.isPresent(),
        "%s has no classes: lay its pictures out as %s/<class>/<picture>",
        pictures.root(),
        pictures.root());
    return labelled.get();
  }
}
