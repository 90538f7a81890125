package org.dinojvm.eval;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
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

  /** No pictures at all, for evaluations that bring their own. */
  public static EvaluationData none(boolean drawing) {
    ImageFolder nothing =
        new ImageFolder(Path.of(""), ImmutableList.of(), ImmutableList.of(), ImmutableList.of());
    return new EvaluationData(nothing, Optional.empty(), drawing);
  }

  /**
   * Pictures, with or without labels.
   *
   * @throws IllegalArgumentException if there are none
   */
  public ImageFolder requirePictures() {
    checkArgument(
        !pictures.pictures().isEmpty(), "no pictures to evaluate on: say where, --train DIR");
    return pictures;
  }

  /**
   * Pictures whose classes are known.
   *
   * @throws IllegalArgumentException if there are none
   */
  public LabelledSplit requireLabelled() {
    requirePictures();
    checkArgument(
        labelled.isPresent(),
        "%s has no classes: lay its pictures out as %s/<class>/<picture>",
        pictures.root(),
        pictures.root());
    return labelled.get();
  }
}
