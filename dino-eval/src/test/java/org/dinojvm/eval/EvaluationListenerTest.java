package org.dinojvm.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import java.awt.Color;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.eval.knn.Knn;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.ModelInfo;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.run.RunSummary;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Evaluations of a run on red and blue discs, with a model that counts how often it is opened. */
class EvaluationListenerTest {

  private static final Path CHECKPOINT = Path.of("checkpoints", "step-00000020");
  private static final long STEPS_PER_EPOCH = 10;

  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final List<String> shown = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final List<Path> opened = new ArrayList<>();
  private ImageFolder pictures;
  private boolean stopping;

  @BeforeEach
  void writePictures() throws Exception {
    for (int i = 0; i < 3; i++) {
      PictureFiles.disc(directory.resolve("data/red/" + i + ".png"), Color.RED, 40 + i, 30);
      PictureFiles.disc(directory.resolve("data/blue/" + i + ".png"), Color.BLUE, 40 + i, 30);
    }
    pictures = ImageFolder.scan(directory.resolve("data"));
  }

  private FeatureModel open(Path checkpoint) {
    opened.add(checkpoint);
    return new TinyFeatureModel();
  }

  private EvaluationListener listener(Map<String, Evaluation> evaluations, boolean labelled) {
    return new EvaluationListener(
        ImmutableMap.copyOf(evaluations),
        labelled
            ? Optional.of(new LabelledSplit(LabelledPictures.of(pictures), Optional.empty()))
            : Optional.empty(),
        this::open,
        new EvaluationListener.Outputs(
            new PrintWriter(out, true),
            (step, name, findings) ->
                shown.add(
                    "%d %s %s %s"
                        .formatted(
                            step, name, findings.numbers().keySet(), findings.pictures().keySet())),
            warnings::add),
        () -> stopping);
  }

  private void run(EvaluationListener listener, long done, int... epochs) throws Exception {
    TrainConfig config =
        TrainConfig.defaults()
            .with(Map.of("eval_every_epochs", 2, "epochs", 5, "warmup_epochs", 0));
    try (listener) {
      listener.started(
          new RunSummary(config, directory, pictures, 1, STEPS_PER_EPOCH),
          done,
          5 * STEPS_PER_EPOCH);
      for (int epoch : epochs) {
        listener.epochSaved(epoch, CHECKPOINT);
      }
    }
  }

  private List<JsonNode> log() throws Exception {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve("evaluations.jsonl"))) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }

  @Test
  void allOfThemShareACheckpointEveryFewEpochsAndAtTheEnd() throws Exception {
    Map<String, Evaluation> evaluations =
        Evaluations.named(List.of("knn", "attention", "uniformity"));
    run(listener(evaluations, true), 0, 1, 2, 3, 4, 5);

    assertEquals(List.of(CHECKPOINT, CHECKPOINT, CHECKPOINT), opened);
    List<String> lines = out.toString().lines().toList();
    assertEquals(6, lines.size(), out::toString);
    assertEquals(
        "epoch 2: k-NN top-1 100.0 % (k = 10), 100.0 % (k = 20), 100.0 % (k = 100),"
            + " 100.0 % (k = 200)",
        lines.get(0).replaceAll("\\d+\\.\\d %", "100.0 %"));
    assertTrue(lines.get(5).matches("epoch 5: uniformity: uniformity -\\d\\.\\d+"), lines.get(5));
    assertEquals(
        List.of("knn", "uniformity", "knn", "uniformity", "knn", "uniformity"),
        log().stream().map(line -> line.get("evaluation").asText()).toList());
    assertEquals(
        "{'epoch':2,'checkpoint':'step-00000020','evaluation':'uniformity','numbers':{'uniformity':"
            + log().get(1).at("/numbers/uniformity")
            + "}}",
        log().get(1).toString().replace('"', '\''));
    assertEquals(
        List.of("20 attention [] [attention]", "20 uniformity [uniformity] []"),
        shown.subList(1, 3));
    assertEquals(List.of(), warnings);
  }

  @Test
  void featuresAreComputedOnceForAll() throws Exception {
    List<float[][]> seen = new ArrayList<>();
    Evaluation looks =
        in -> {
          seen.add(in.features(in.data().pictures().pictures()));
          return Findings.ofNumbers(ImmutableMap.of("looked", 1.0));
        };
    run(listener(ImmutableMap.of("a", looks, "b", looks), false), 0, 2);
    assertEquals(2, seen.size());
    assertSame(seen.get(0), seen.get(1));
  }

  @Test
  void oneThatFailsIsSaidAndTheOthersGoOn() throws Exception {
    Evaluation fails =
        in -> {
          throw new IllegalStateException("no such luck");
        };
    run(listener(ImmutableMap.of("luck", fails, "uniformity", new Uniformity(2)), false), 0, 2);

    assertEquals(
        List.of("epoch 2: the evaluation luck failed: no such luck; training goes on"), warnings);
    assertEquals(1, log().size());
    assertEquals("uniformity", log().get(0).get("evaluation").asText());
  }

  @Test
  void theyAreGivenUpWhenTheRunIsAskedToStop() throws Exception {
    Evaluation stops =
        in -> {
          stopping = true;
          return Findings.ofNumbers(ImmutableMap.of("done", 1.0));
        };
    run(listener(ImmutableMap.of("first", stops, "knn", Knn.published()), true), 0, 2, 4);

    assertEquals(1, opened.size(), "nothing is opened once the run is to stop");
    assertEquals(
        List.of(
            "epoch 2: first: done 1.000",
            "epoch 2: knn left out, for the run is asked to stop",
            "epoch 4: first, knn left out, for the run is asked to stop"),
        out.toString().lines().toList());
    assertEquals(1, log().size());
    assertEquals(List.of(), warnings);
  }

  @Test
  void oneThatIsAtWorkIsGivenUpToo() throws Exception {
    Evaluation works =
        in -> {
          stopping = true;
          in.features(in.data().pictures().pictures());
          return Findings.ofNumbers(ImmutableMap.of("done", 1.0));
        };
    run(listener(ImmutableMap.of("first", works), true), 0, 2);
    assertEquals(
        List.of("epoch 2: first left out, for the run is asked to stop"),
        out.toString().lines().toList());
    assertEquals(List.of(), shown);
  }

  @Test
  void withoutLabelsWhatNeedsThemIsLeftOut() throws Exception {
    run(listener(Evaluations.named(List.of("knn")), false), 0, 2, 5);
    assertEquals(List.of(), opened);
    assertEquals("", out.toString());
  }

  @Test
  void linesBehindTheCheckpointAreDropped() throws Exception {
    Map<String, Evaluation> evaluations = Evaluations.named(List.of("uniformity"));
    run(listener(evaluations, false), 0, 2, 4);
    run(listener(evaluations, false), 3 * STEPS_PER_EPOCH, 4, 5);
    assertEquals(List.of(2, 4, 5), log().stream().map(line -> line.get("epoch").asInt()).toList());
  }

  @Test
  void attentionIsForModelsThatHaveItAndWhereSomeoneLooks() {
    Evaluation attention = Evaluations.get("attention").create();
    ModelInfo vit = new ModelInfo("vit_small", 16, 384, 6, 224, 256, null, null, null);
    ModelInfo resNet = new ModelInfo("resnet50", 0, 2048, 0, 224, 256, null, null, null);
    assertTrue(attention.appliesTo(vit, new EvaluationData(pictures, Optional.empty(), true)));
    assertFalse(attention.appliesTo(vit, new EvaluationData(pictures, Optional.empty(), false)));
    assertFalse(attention.appliesTo(resNet, new EvaluationData(pictures, Optional.empty(), true)));
  }
}
