package org.dinojvm.eval;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.Knn.Score;
import org.dinojvm.serve.FeatureModel;

/**
 * Who votes and who is classified in a k-NN test.
 *
 * @param train labelled pictures that vote
 * @param val pictures to classify, labelled like {@code train}; without them, each of {@code train}
 *     by the others
 */
public record KnnTask(LabelledPictures train, Optional<LabelledPictures> val) {

  /** Pictures to features, whatever makes them. */
  @FunctionalInterface
  public interface Extractor {

    /** One row a picture. */
    float[][] extract(List<Picture> pictures);

    /** A model's features. */
    static Extractor of(FeatureModel model, Progress progress) {
      return new FeatureExtractor(model, progress)::extract;
    }
  }

  /** Matches the classes of both parts by name. */
  public KnnTask {
    val = val.map(pictures -> pictures.relabelledLike(train));
  }

  /** The accuracy for each number of neighbours. */
  public ImmutableList<Score> scores(Extractor extractor, List<Integer> ks, double temperature) {
    float[][] trainFeatures = extractor.extract(train.pictures());
    int[] trainLabels = train.labels().toArray();
    int numClasses = train.classes().size();
    if (val.isEmpty()) {
      return Knn.leaveOneOut(trainFeatures, trainLabels, numClasses, ks, temperature);
    }
    float[][] valFeatures = extractor.extract(val.get().pictures());
    int[] valLabels = val.get().labels().toArray();
    return Knn.evaluate(
        trainFeatures, trainLabels, valFeatures, valLabels, numClasses, ks, temperature);
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
