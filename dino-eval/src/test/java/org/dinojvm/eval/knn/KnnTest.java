package org.dinojvm.eval.knn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.Ints;
import java.awt.Color;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.FeatureExtractor;
import org.dinojvm.eval.Findings;
import org.dinojvm.eval.LabelledPictures;
import org.dinojvm.eval.LabelledSplit;
import org.dinojvm.eval.TinyFeatureModel;
import org.dinojvm.eval.knn.KnnClassifier.Score;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.ModelInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnnTest {

  private static final Color[] COLORS = {Color.RED, Color.ORANGE, Color.PINK, Color.BLUE};

  @TempDir Path directory;

  @Test
  void itsNumbersAreThoseOfThePlainVote() throws Exception {
    LabelledSplit split = split();
    try (FeatureModel model = new TinyFeatureModel()) {
      EvaluationData data =
          new EvaluationData(ImageFolder.scan(directory), Optional.of(split), false);

      Findings findings =
          new Knn(ImmutableIntArray.of(1, 5), 0.07)
              .evaluate(new EvaluationInputs(model, data, Progress.NONE));

      ImmutableMap.Builder<String, Double> expected = ImmutableMap.builder();
      for (int k : List.of(1, 5)) {
        Score score = plainScore(model, split, k);
        expected.put("top1_k" + k, score.top1()).put("top5_k" + k, score.top5());
      }
      ImmutableMap<String, Double> numbers = expected.buildOrThrow();
      assertEquals(numbers, findings.numbers());
      assertEquals(numbers.keySet().asList(), findings.numbers().keySet().asList());
      assertTrue(findings.numbers().get("top1_k5") < 100, "too easy to tell anything");
      assertEquals(
          "k-NN top-1 %.1f %% (k = 1), %.1f %% (k = 5)"
              .formatted(numbers.get("top1_k1"), numbers.get("top1_k5")),
          findings.lineOf("knn"));
    }
  }

  private static Score plainScore(FeatureModel model, LabelledSplit split, int k) {
    FeatureExtractor extractor = new FeatureExtractor(model, Progress.NONE);
    LabelledPictures val = split.val().orElseThrow();
    return PlainKnn.score(
        extractor.extract(split.train().pictures()),
        split.train().labels().toArray(),
        extractor.extract(val.pictures()),
        val.labels().toArray(),
        split.train().classes().size(),
        k,
        0.07);
  }

  /** Of the rest of the training pictures, and of those of the validation set. */
  @Test
  void fewVotersOfEachClassVote() throws Exception {
    LabelledSplit split = split();
    int[] drawn = new Shots(0, 2).draw(split.train().labels(), 3, 4);
    assertEquals(6, drawn.length);
    List<Integer> others =
        IntStream.range(0, 24).boxed().filter(i -> Arrays.binarySearch(drawn, i) < 0).toList();
    try (FeatureModel model = new TinyFeatureModel()) {
      FeatureExtractor extractor = new FeatureExtractor(model, Progress.NONE);
      float[][] train = extractor.extract(split.train().pictures());
      int[] labels = split.train().labels().toArray();
      float[][] val = extractor.extract(split.requireVal().pictures());
      for (boolean leaveOneOut : new boolean[] {true, false}) {
        Knn knn = new Knn(ImmutableIntArray.of(6), 0.07, leaveOneOut, true, "2", 4);
        Findings findings = evaluate(knn, split, model);
        Score expected =
            PlainKnn.score(
                rows(train, Ints.asList(drawn)),
                Arrays.stream(drawn).map(i -> labels[i]).toArray(),
                leaveOneOut ? rows(train, others) : val,
                leaveOneOut
                    ? others.stream().mapToInt(i -> labels[i]).toArray()
                    : split.requireVal().labels().toArray(),
                3,
                6,
                0.07);
        assertEquals(expected.top1(), findings.numbers().get("top1_2shot_k6"));
      }
      Knn all = new Knn(ImmutableIntArray.of(3), 0.07, true, false, "8", 4);
      assertEquals(
          "--shots 8 draws all pictures and leaves none to classify: draw fewer, or give --val",
          assertThrows(IllegalArgumentException.class, () -> evaluate(all, split, model))
              .getMessage());
    }
  }

  @Test
  void balancedIsTheMeanOfTheClasses() throws Exception {
    LabelledSplit split = split();
    LabelledPictures val = split.requireVal();
    List<Integer> kept = List.of(0, 1, 2, 3, 4, 8, 9); // 4, 1 and 2 of a class
    LabelledPictures uneven =
        new LabelledPictures(
            val.root(),
            kept.stream().map(val.pictures()::get).collect(ImmutableList.toImmutableList()),
            ImmutableIntArray.copyOf(kept.stream().map(val.labels()::get).toList()),
            val.classes());
    LabelledSplit unevenSplit = new LabelledSplit(split.train(), Optional.of(uneven));
    try (FeatureModel model = new TinyFeatureModel()) {
      FeatureExtractor extractor = new FeatureExtractor(model, Progress.NONE);
      float[][] train = extractor.extract(split.train().pictures());
      float[][] asked = extractor.extract(uneven.pictures());
      double sum = 0;
      for (int label = 0; label < 3; label++) {
        int only = label;
        List<Integer> ofClass =
            IntStream.range(0, 7).boxed().filter(i -> uneven.labels().get(i) == only).toList();
        int[] targets = new int[ofClass.size()];
        Arrays.fill(targets, label);
        int[] labels = split.train().labels().toArray();
        sum += PlainKnn.score(train, labels, rows(asked, ofClass), targets, 3, 5, 0.07).top1();
      }
      Knn knn = new Knn(ImmutableIntArray.of(5), 0.07, false, true, "", 0);
      Findings findings = evaluate(knn, unevenSplit, model);
      assertEquals(sum / 3, findings.numbers().get("balanced_k5"), 1e-9);
      assertNotEquals(findings.numbers().get("top1_k5"), sum / 3, 0.1);
    }
  }

  private Findings evaluate(Knn knn, LabelledSplit split, FeatureModel model) throws Exception {
    EvaluationData data =
        new EvaluationData(ImageFolder.scan(directory), Optional.of(split), false);
    return knn.evaluate(new EvaluationInputs(model, data, Progress.NONE));
  }

  private static float[][] rows(float[][] all, List<Integer> indices) {
    return indices.stream().map(i -> all[i]).toArray(float[][]::new);
  }

  /** Colours say which class a disc is of, but not always. */
  private LabelledSplit split() throws Exception {
    for (int i = 0; i < 12; i++) {
      String part = i < 8 ? "train" : "val";
      for (int label = 0; label < 3; label++) {
        Path file = directory.resolve("%s/class %d/%d.png".formatted(part, label, i));
        PictureFiles.disc(file, COLORS[(label + i / 3) % COLORS.length], 40 + 3 * i, 40 + label);
      }
    }
    return new LabelledSplit(
        LabelledPictures.of(ImageFolder.scan(directory.resolve("train"))),
        Optional.of(LabelledPictures.of(ImageFolder.scan(directory.resolve("val")))));
  }

  @Test
  void theDefaultsArePublished() {
    assertEquals(new Knn(ImmutableIntArray.of(10, 20, 100, 200), 0.07), Knn.published());
  }

  @Test
  void itNeedsLabels() throws Exception {
    PictureFiles.disc(directory.resolve("1.png"), Color.RED, 40, 40);
    EvaluationData data = new EvaluationData(ImageFolder.scan(directory), Optional.empty(), false);
    try (FeatureModel model = new TinyFeatureModel()) {
      ModelInfo info = model.info();
      assertFalse(Knn.published().appliesTo(info, data));
      EvaluationInputs in = new EvaluationInputs(model, data, Progress.NONE);
      assertEquals(
          "%s has no classes: lay its pictures out as %s/<class>/<picture>"
              .formatted(directory, directory),
          assertThrows(IllegalArgumentException.class, () -> Knn.published().evaluate(in))
              .getMessage());
    }
  }

  @Test
  void namesTheMistake() {
    assertMistake("k = 10,0: each must be at least 1", "k", "10,0");
    assertMistake("k = : name at least one number of neighbours, such as 20", "k", " ");
    assertMistake(
        "k = 'many' on the command line: expected whole numbers, e.g. 10,20,100,200", "k", "many");
    assertMistake("temperature = 0.0: must be greater than 0", "temperature", "0");
    assertMistake(
        "unknown key 'temprature' on the command line; did you mean 'temperature'?",
        "temprature",
        "1");
  }

  private static void assertMistake(String message, String key, String text) {
    assertEquals(
        message,
        assertThrows(
                IllegalArgumentException.class, () -> new Knn.Entry().create(Map.of(key, text)))
            .getMessage());
  }

  @Test
  void kIsReadFromBothFormsOfLists() {
    for (String text : ImmutableList.of("1,20", "1 20", "1, 20")) {
      assertEquals(
          ImmutableIntArray.of(1, 20), ((Knn) new Knn.Entry().create(Map.of("k", text))).k());
    }
  }
}
