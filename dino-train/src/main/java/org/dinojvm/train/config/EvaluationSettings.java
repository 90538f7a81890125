package org.dinojvm.train.config;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.require;

import org.dinojvm.settings.Setting;

/** Which evaluations the teacher takes while it is trained, on what, and how often. */
public record EvaluationSettings(
    @Setting(
            value = "",
            unit = "folder",
            doc =
                "Folder with one sub-folder a class, whose pictures vote in the k-NN test; empty for no test.",
            source = "dino-jvm",
            mayChange = true)
        String knnTrain,
    @Setting(
            value = "",
            unit = "folder",
            doc = "Folder with one sub-folder a class, whose pictures the k-NN test asks for.",
            source = "dino-jvm",
            mayChange = true)
        String knnVal,
    @Setting(
            value = "10",
            unit = "epochs",
            doc = "Every how many epochs, and at the end, the teacher takes the k-NN test.",
            source = "dino-jvm",
            mayChange = true)
        int knnEveryEpochs,
    @Setting(
            value = "10",
            unit = "epochs",
            doc =
                "Every how many epochs, and at the end, TensorBoard gets attention maps of four pictures of the training set; 0 for never.",
            source = "dino-jvm",
            mayChange = true)
        int attentionEveryEpochs) {

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public EvaluationSettings {
    require(
        knnTrain.isEmpty() == knnVal.isEmpty(),
        knnTrain.isEmpty() ? "knn_val" : "knn_train",
        knnTrain + knnVal,
        "the k-NN test needs both folders; give --knn_train and --knn_val, or neither");
    atLeast("knn_every_epochs", knnEveryEpochs, 1);
    atLeast("attention_every_epochs", attentionEveryEpochs, 0);
  }
}
