package org.dinojvm.train.config;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.require;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import org.dinojvm.settings.Setting;

/**
 * Which evaluations the teacher takes while it is trained, on what, and how often.
 *
 * @param evaluations names, separated by commas; what there is under each is not known here
 */
public record EvaluationSettings(
    @Setting(
            value = "knn, health, attention",
            doc =
                "Evaluations of the teacher, separated by commas, each with settings of its own in brackets if they are not the defaults, as in 'knn(k=20; whiten=true), linear(epochs=20)'; './dino evaluate --help' lists them. Those that need labelled pictures are left out without eval_train.",
            source = "dino-jvm",
            mayChange = true)
        String evaluations,
    @Setting(
            value = "",
            unit = "folder",
            doc =
                "Labelled pictures to learn classes from, in one sub-folder a class: those that vote in k-NN.",
            source = "dino-jvm",
            aliases = "knn_train",
            mayChange = true)
        String evalTrain,
    @Setting(
            value = "",
            unit = "folder",
            doc = "Labelled pictures to classify, in one sub-folder a class.",
            source = "dino-jvm",
            aliases = "knn_val",
            mayChange = true)
        String evalVal,
    @Setting(
            value = "10",
            unit = "epochs",
            doc = "Every how many epochs, and at the end, the teacher is evaluated.",
            source = "dino-jvm",
            aliases = "knn_every_epochs",
            mayChange = true)
        int evalEveryEpochs,
    @Setting(
            value = "10",
            unit = "epochs",
            doc =
                "Of earlier versions: 0 leaves attention out of the evaluations, any other number is without effect; see eval_every_epochs.",
            source = "dino-jvm",
            mayChange = true)
        int attentionEveryEpochs) {

  /** Between evaluations, not within the settings of one: {@code knn(k=10,20), health}. */
  private static final Splitter NAMES =
      Splitter.onPattern(",(?![^(]*\\))").trimResults().omitEmptyStrings();

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public EvaluationSettings {
    require(
        evalTrain.isEmpty() == evalVal.isEmpty(),
        evalTrain.isEmpty() ? "eval_val" : "eval_train",
        evalTrain + evalVal,
        "evaluations need both folders; give --eval_train and --eval_val, or neither");
    atLeast("eval_every_epochs", evalEveryEpochs, 1);
    atLeast("attention_every_epochs", attentionEveryEpochs, 0);
  }

  /** The evaluations as they were written, each once. */
  public ImmutableList<String> names() {
    return NAMES
        .splitToStream(evaluations)
        .filter(name -> attentionEveryEpochs > 0 || !name.equals("attention"))
        .distinct()
        .collect(ImmutableList.toImmutableList());
  }
}
