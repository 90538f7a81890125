package org.dinojvm.eval;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Optional;

/**
 * Labelled pictures to learn classes from and others to be classified.
 *
 * @param train pictures to learn from: in k-NN, those that vote
 * @param val pictures to classify, labelled like {@code train}; without them, each of {@code train}
 *     by the others
 */
public record LabelledSplit(LabelledPictures train, Optional<LabelledPictures> val) {

  /** Matches the classes of both parts by name. */
  public LabelledSplit {
    val = val.map(pictures -> pictures.relabelledLike(train));
  }

  /**
   * The pictures to classify.
   *
   * @throws IllegalArgumentException if there are none
   */
  public LabelledPictures requireVal() {
    checkArgument(val.isPresent(), "no pictures to classify: say where they are, --val DIR");
    return val.get();
  }

  /** What is classified by what, in words. */
  public String description() {
    String voters =
        "%,d training pictures of %d classes"
            .formatted(train.pictures().size(), train.classes().size());
    return val.map(
            pictures ->
                "%,d validation pictures by %s".formatted(pictures.pictures().size(), voters))
        .orElse(voters + ", each by the others");
  }
}
