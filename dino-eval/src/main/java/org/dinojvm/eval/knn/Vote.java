package org.dinojvm.eval.knn;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
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
        ? byVoters(train, labels)
        : KnnClassifier.leaveOneOutRanks(
            train, labels, classes(), knn.k().asList(), knn.temperature(), progress);
  }

  /** The same by a few voters of each class; without pictures to classify, of all others. */
  ImmutableList<Ranks> ranks(Shots few, long seed) {
    int[] chosen = few.draw(split.train().labels(), classes(), seed);
    int[] labels = new int[chosen.length];
    float[][] rows = new float[chosen.length][];
    for (int i = 0; i < chosen.length; i++) {
      labels[i] = split.train().labels().get(chosen[i]);
      rows[i] = row(chosen[i]);
    }
    return val.isPresent()
        ? byVoters(FeatureRows.of(rows), labels)
        : KnnClassifier.leaveOneOutRanks(
            FeatureRows.of(rows), labels, classes(), knn.k().asList(), knn.temperature(), progress);
  }

  private ImmutableList<Ranks> byVoters(FeatureRows voters, int[] labels) {
    ImmutableIntArray asked = split.requireVal().labels();
    return KnnClassifier.ranks(
        voters,
        labels,
        val.orElseThrow(),
        asked.toArray(),
        classes(),
        knn.k().asList(),
        knn.temperature(),
        progress);
  }

  private float[] row(int index) {
    try {
      return train.read(index, index + 1)[0];
    } catch (IOException e) {
      throw new UncheckedIOException("features cannot be read: " + e.getMessage(), e);
    }
  }

  private int classes() {
    return split.train().classes().size();
  }
}
