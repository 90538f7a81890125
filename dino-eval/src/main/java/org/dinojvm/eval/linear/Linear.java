package org.dinojvm.eval.linear;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.positive;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationEntry;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.FeatureOptions;
import org.dinojvm.eval.Findings;
import org.dinojvm.eval.LabelledPictures;
import org.dinojvm.eval.LabelledSplit;
import org.dinojvm.eval.linear.LinearHeads.Scores;
import org.dinojvm.serve.ModelInfo;
import org.dinojvm.serve.readout.LinearClassifier;
import org.dinojvm.settings.Setting;

/**
 * Accuracy of linear classifiers on frozen features: on features computed once, several recipes of
 * features and learning rates at a time (DINOv2's {@code eval_linear.py}), of which one is chosen
 * on held-out training pictures and then trained again on all of them; or as DINO's {@code
 * eval_linear.py} trains its one classifier, on crops that change each epoch.
 */
public record Linear(
    @Setting(
            value = "grid",
            doc =
                "grid: features computed once, recipes and rates at a time. published: DINO's one"
                    + " classifier, on other crops each epoch.",
            source = "dino-jvm")
        Protocol protocol,
    @Setting(
            value = "0",
            unit = "steps",
            doc =
                "Of the grid; 0 for 100 epochs, but at least 5000 and at most the 12500 that are"
                    + " published.",
            source = "dino-jvm")
        int iterations,
    @Setting(
            value = "100",
            unit = "epochs",
            doc = "Of the published protocol.",
            source = "eval_linear.py")
        int epochs,
    @Setting(value = "128", unit = "pictures", doc = "A batch.", source = "eval_linear.py")
        int batch,
    @Setting(
            value = "0.001",
            doc = "Learning rate of the published protocol, of 256 pictures.",
            source = "eval_linear.py")
        double lr,
    @Setting(
            value = "4",
            doc = "Published protocol: of how many last blocks the class tokens are taken.",
            source = "eval_linear.py")
        int blocks,
    @Setting(
            value = "false",
            doc = "Published protocol, with one block: also the mean of the patch tokens (ViT-B).",
            source = "eval_linear.py")
        boolean avgpool,
    @Setting(
            value = "0.1",
            unit = "share",
            doc = "Of the training pictures, those of each class that the grid is judged on.",
            source = "dino-jvm")
        double heldOut,
    @Setting(value = "0", doc = "Seed of weights, order and crops.", source = "dino-jvm") long seed,
    @Setting(
            value = "",
            unit = "file",
            doc = "Where the trained classifier goes, *.safetensors, for ./dino classify.",
            source = "dino-jvm")
        String classifier)
    implements Evaluation {

  /** How the classifier is trained. */
  public enum Protocol {
    GRID,
    PUBLISHED
  }

  /** DINOv2's rates, of 256 pictures (eval/linear.py). */
  private static final double[] RATES = {
    1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1
  };

  private static final int RATE_UNIT = 256;
  private static final int EPOCHS = 100;

  /** Of few pictures 100 epochs are too short: the largest rate wins, and is not large enough. */
  private static final int LEAST_ITERATIONS = 5_000;

  private static final int MOST_ITERATIONS = 12_500; // 10 epochs of 1250, eval/linear.py

  /** {@code dino evaluate linear}. */
  public static final class Entry implements EvaluationEntry {
    @Override
    public String name() {
      return "linear";
    }

    @Override
    public String description() {
      return "Accuracy of a linear classifier on labelled pictures";
    }

    @Override
    public Class<Linear> evaluation() {
      return Linear.class;
    }
  }

  /** Checks the values. */
  public Linear {
    atLeast("iterations", iterations, 0);
    atLeast("epochs", epochs, 1);
    atLeast("batch", batch, 1);
    positive("lr", lr);
    require(
        blocks >= 1 && blocks <= 4, "blocks", blocks, "must be 1 to 4, the last blocks of a ViT");
    require(
        !avgpool || blocks == 1, "blocks", blocks, "must be 1 with avgpool, as it is published");
    require(heldOut > 0 && heldOut < 1, "held_out", heldOut, "must be between 0 and 1");
    require(
        classifier.isEmpty() || classifier.endsWith(".safetensors"),
        "classifier",
        classifier,
        "must end in .safetensors");
  }

  @Override
  public boolean appliesTo(ModelInfo model, EvaluationData data) {
    return data.labelled().flatMap(LabelledSplit::val).isPresent();
  }

  @Override
  public Findings evaluate(EvaluationInputs in) {
    LabelledSplit split = in.data().requireLabelled();
    split.requireVal();
    return protocol == Protocol.PUBLISHED
        ? new PublishedProbe(this, in, split).evaluate()
        : grid(in, split);
  }

  private Findings grid(EvaluationInputs in, LabelledSplit split) {
    LabelledPictures val = split.requireVal();
    int[] labels = split.train().labels().toArray();
    int classes = split.train().classes().size();
    ProbeInputs inputs = ProbeInputs.of(in);
    List<List<float[][]>> features = inputs.features(split.train().pictures(), val.pictures());
    double[] rates = Arrays.stream(RATES).map(rate -> rate * batch / RATE_UNIT).toArray();
    HeldOut part = HeldOut.of(labels, classes, heldOut, seed);
    Probe probe = new Probe(classes, batch, steps(labels.length), seed, in.progress());
    int chosen = chosen(probe, features.get(0), labels, part, rates);
    int recipe = chosen / rates.length;
    double[] rate = {rates[chosen % rates.length]};
    try (LinearHeads head =
        probe.train(features.get(0).subList(recipe, recipe + 1), labels, rate)) {
      Scores scores =
          head.scoreAll(features.get(1).subList(recipe, recipe + 1), val.labels().toArray(), batch);
      keep(in, split, inputs.recipes().get(recipe), head.weight(0), head.bias(0));
      return findings(scores, inputs.recipes().get(recipe), RATES[chosen % rates.length]);
    }
  }

  private int steps(int pictures) {
    return iterations > 0
        ? iterations
        : Math.min(
            MOST_ITERATIONS, Math.max(LEAST_ITERATIONS, EPOCHS * Math.max(1, pictures / batch)));
  }

  /** The first head with the highest accuracy on pictures kept aside. */
  private int chosen(
      Probe probe, List<float[][]> features, int[] labels, HeldOut part, double[] rates) {
    List<float[][]> kept = features.stream().map(rows -> HeldOut.rows(rows, part.kept())).toList();
    List<float[][]> aside =
        features.stream().map(rows -> HeldOut.rows(rows, part.aside())).toList();
    try (LinearHeads heads = probe.train(kept, HeldOut.labels(labels, part.kept()), rates)) {
      return LinearHeads.best(
          heads.scoreAll(aside, HeldOut.labels(labels, part.aside()), batch).top1());
    }
  }

  private Findings findings(Scores scores, Optional<FeatureRecipe> recipe, double rate) {
    Findings findings =
        Findings.ofNumbers(
            ImmutableMap.of(
                "top1",
                100 * scores.top1()[0],
                "top5",
                100 * scores.top5()[0],
                "loss",
                scores.loss()[0],
                "rate",
                rate,
                "blocks",
                recipe.map(r -> (double) r.blocks()).orElse(0.0),
                "with_mean",
                recipe.map(r -> r.mean() ? 1.0 : 0.0).orElse(0.0)));
    return findings.inWords(
        String.format(
            Locale.ROOT,
            "linear top-1 %.1f %%, top-5 %.1f %% (%s, rate %s)",
            100 * scores.top1()[0],
            100 * scores.top5()[0],
            recipe.map(FeatureRecipe::inWords).orElse("the features"),
            rate),
        "");
  }

  /** Writes the classifier where a file is named, of features that a model gives again. */
  void keep(
      EvaluationInputs in,
      LabelledSplit split,
      Optional<FeatureRecipe> recipe,
      float[][] weight,
      float[] bias) {
    if (classifier.isEmpty() || in.isBaseline()) {
      return;
    }
    require(
        recipe.isPresent() || in.options().equals(FeatureOptions.DEFAULT),
        "classifier",
        classifier,
        "is kept of features as the model gives them; leave out --features and --whiten");
    try {
      new LinearClassifier(
              weight,
              bias,
              split.train().classes(),
              recipe.map(FeatureRecipe::blocks).orElse(0),
              recipe.map(FeatureRecipe::mean).orElse(false),
              in.model().fingerprint())
          .write(Path.of(classifier));
    } catch (IOException e) {
      throw new UncheckedIOException(classifier + " cannot be written: " + e.getMessage(), e);
    }
  }
}
