package org.dinojvm.eval.linear;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.Findings;
import org.dinojvm.eval.LabelledPictures;
import org.dinojvm.eval.LabelledSplit;
import org.dinojvm.eval.linear.LinearHeads.Scores;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TFloat32;

/**
 * DINO's linear probe as published: each epoch other crops and flips of the training pictures go
 * through the frozen network, the rate falls by epochs, and the best epoch counts.
 */
record PublishedProbe(Linear settings, EvaluationInputs in, LabelledSplit split) {

  private static final int RATE_UNIT = 256;
  private static final int EMBEDDED = 64;

  Findings evaluate() {
    checkArgument(
        in.model().hasBlocks(),
        "the published protocol needs a Vision Transformer, not %s: leave out --protocol",
        in.model().info().arch());
    LabelledPictures val = split.requireVal();
    List<Picture> train = split.train().pictures();
    float[][] valInputs =
        Arrays.stream(in.blocks(val.pictures())).map(this::input).toArray(float[][]::new);
    double best = -1;
    double bestTop5 = 0;
    int bestEpoch = 0;
    double last = 0;
    try (TrainingCrops crops = new TrainingCrops(in.model().info().imageSize());
        LinearHeads head =
            new LinearHeads(
                ImmutableList.of(valInputs[0].length),
                1,
                split.train().classes().size(),
                0.9,
                0,
                settings.seed())) {
      for (int epoch = 0; epoch < settings.epochs(); epoch++) {
        double rate =
            Cosine.at(settings.lr() * settings.batch() / RATE_UNIT, epoch, settings.epochs());
        train(head, crops, train, epoch, rate);
        Scores scores =
            head.scoreAll(ImmutableList.of(valInputs), val.labels().toArray(), settings.batch());
        last = 100 * scores.top1()[0];
        if (last > best) {
          best = last;
          bestTop5 = 100 * scores.top5()[0];
          bestEpoch = epoch + 1;
          keep(head);
        }
        in.progress().report(epoch + 1, settings.epochs());
      }
    }
    return Findings.ofNumbers(
        ImmutableMap.of(
            "top1", best,
            "top5", bestTop5,
            "best_epoch", (double) bestEpoch,
            "last_top1", last));
  }

  /** Keeps the best epoch's classifier so far, in the order of features that a file has. */
  private void keep(LinearHeads head) {
    float[][] weight = head.weight(0);
    settings.keep(
        in,
        split,
        Optional.of(new FeatureRecipe(settings.blocks(), settings.avgpool())),
        settings.avgpool()
            ? Arrays.stream(weight).map(PublishedInput::separated).toArray(float[][]::new)
            : weight,
        head.bias(0));
  }

  private float[] input(float[][][] blocks) {
    return settings.avgpool()
        ? PublishedInput.interleaved(blocks, 1)
        : new FeatureRecipe(settings.blocks(), false).of(blocks);
  }

  private void train(
      LinearHeads head, TrainingCrops crops, List<Picture> pictures, int epoch, double rate) {
    List<Integer> order = new ArrayList<>();
    for (int picture = 0; picture < pictures.size(); picture++) {
      order.add(picture);
    }
    Random random = new Random(31 * settings.seed() + epoch);
    Collections.shuffle(order, random);
    for (int from = 0; from < order.size(); from += settings.batch()) {
      List<Integer> chosen = order.subList(from, Math.min(from + settings.batch(), order.size()));
      float[][] inputs = new float[chosen.size()][];
      for (int begin = 0; begin < inputs.length; begin += EMBEDDED) {
        int end = Math.min(begin + EMBEDDED, inputs.length);
        List<Picture> some = chosen.subList(begin, end).stream().map(pictures::get).toList();
        try (TFloat32 views = crops.read(some, random);
            TFloat32 blocks = in.model().blocks(views)) {
          float[][][][] values = StdArrays.array4dCopyOf(blocks);
          for (int i = begin; i < end; i++) {
            inputs[i] = input(values[i - begin]);
          }
        }
      }
      int[] labels =
          chosen.stream().mapToInt(picture -> split.train().labels().get(picture)).toArray();
      head.step(ImmutableList.of(inputs), labels, new double[] {rate});
    }
  }
}
