package org.dinojvm.eval.knn;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.FeatureRows;
import org.dinojvm.eval.FeatureSpace;
import org.dinojvm.eval.LabelledPictures;
import org.dinojvm.eval.LabelledSplit;
import org.dinojvm.eval.knn.KnnClassifier.Ranks;

/**
 * Who votes on whom.
 *
 * @param train features [N, D] of those that vote
 * @param val features [Q, D] of those that are voted on; without them, each of {@code train}
 */
record Vote(
    Knn knn, LabelledSplit split, FeatureRows train, Optional<FeatureRows> val, Progress progress) {

  static Vote of(Knn knn, LabelledSplit split, EvaluationInputs in) {
    Optional<LabelledPictures> asked = knn.leaveOneOut() ? Optional.empty() : split.val();
    if (in.options().whiten()) { // learned on all of them, so in memory
      FeatureSpace space = in.space(split.train().pictures());
      return new Vote(
          knn,
          split,
          FeatureRows.of(space.index()),
          asked.map(val -> FeatureRows.of(space.of(val.pictures()))),
          in.progress());
    }
    return new Vote(
        knn,
        split,
        in.rows(split.train().pictures()),
        asked.map(val -> in.rows(val.pictures())),
        in.progress());
  }

  /** How pictures are classified by all that vote, one for each k. */
  ImmutableList<Ranks> ranks() {
    int[] labels = split.train().labels().toArray();
    return val.isPresent()
        ? ranks(train, labels, val.get(), split.requireVal().labels().toArray())
        : KnnClassifier.leaveOneOutRanks(
            train, labels, classes(), knn.k().asList(), knn.temperature(), progress);
  }

  /** The same by a few voters of each class; without pictures to classify, of those not drawn. */
  ImmutableList<Ranks> ranks(Shots few, long seed) {
    int[] drawn = few.draw(split.train().labels(), classes(), seed);
    FeatureRows voters = train.selected(drawn);
    if (val.isPresent()) {
      return ranks(voters, labels(drawn), val.get(), split.requireVal().labels().toArray());
    }
    int[] others =
        IntStream.range(0, train.rows())
            .filter(picture -> Arrays.binarySearch(drawn, picture) < 0)
            .toArray();
    checkArgument(
        others.length > 0,
        "--shots %s draws all pictures and leaves none to classify: draw fewer, or give --val",
        knn.shots());
    return ranks(voters, labels(drawn), train.selected(others), labels(others));
  }

  private int[] labels(int[] pictures) {
    return Arrays.stream(pictures).map(split.train().labels()::get).toArray();
  }

  private ImmutableList<Ranks> ranks(
      FeatureRows voters, int[] labels, FeatureRows asked, int[] askedLabels) {
    return KnnClassifier.ranks(
        voters,
        labels,
        asked,
        askedLabels,
        classes(),
        knn.k().asList(),
        knn.temperature(),
        progress);
  }

  private int classes() {
    return split.train().classes().size();
  }
}
