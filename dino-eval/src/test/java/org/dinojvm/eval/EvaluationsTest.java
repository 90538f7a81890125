package org.dinojvm.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableIntArray;
import java.awt.image.BufferedImage;
import java.util.List;
import org.dinojvm.eval.knn.Knn;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.visual.AttentionMaps;
import org.junit.jupiter.api.Test;

/** The registry, and what its entries have in common. */
class EvaluationsTest {

  @Test
  void aLineInAnyJarMakesAnEvaluationKnown() {
    assertEquals(
        ImmutableMap.of(
            "uniformity", new Uniformity(2),
            "knn", Knn.published(),
            "attention", new AttentionMaps(4, "", "SegmentationObject", 0.6)),
        Evaluations.named(List.of("uniformity", "knn", "attention")));
    assertTrue(
        Evaluations.all().stream()
            .map(EvaluationEntry::name)
            .collect(ImmutableSet.toImmutableSet())
            .containsAll(
                ImmutableSet.of(
                    "knn",
                    "linear",
                    "logistic",
                    "cluster",
                    "health",
                    "attention",
                    "copies",
                    "retrieval",
                    "video",
                    "uniformity")));
  }

  @Test
  void anUnknownNameIsAnsweredWithThoseThereAre() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Evaluations.named(List.of("knn", "kn")))
            .getMessage();
    assertTrue(
        message.startsWith("no evaluation is named 'kn'; did you mean 'knn'?; there are "),
        message);
    assertTrue(message.contains("knn, attention"), message);
    assertTrue(message.contains("uniformity"), message);
  }

  @Test
  void settingsOfItsOwnAndOfFeaturesStandInBrackets() {
    assertEquals(
        ImmutableMap.of(
            "knn",
            new WithFeatures(
                new Knn(ImmutableIntArray.of(5, 9), 0.07),
                new FeatureOptions(FeatureKind.CLS_MEAN, true, 0.35)),
            "uniformity",
            new Uniformity(3)),
        Evaluations.named(
            List.of(
                "knn(k=5,9; features=cls+mean; whiten=true; whitening_power=0.35)",
                "uniformity(t=3)")));
    assertEquals(
        "evaluation knn is named twice: name each once",
        assertThrows(
                IllegalArgumentException.class, () -> Evaluations.named(List.of("knn", "knn(k=1)")))
            .getMessage());
  }

  @Test
  void eachIsExplained() {
    for (EvaluationEntry entry : Evaluations.all()) {
      assertFalse(entry.description().isEmpty() || entry.description().endsWith("."));
      for (SettingKey key : entry.settings().keys()) {
        assertTrue(key.doc().endsWith("."), key.key());
        assertNotEquals("", key.source(), key.key());
      }
    }
  }

  @Test
  void findingsHaveNamesThatTagsAndKeysCanBe() {
    for (String name : List.of("", "top-1", "a/b", "Top1", "1")) {
      assertThrows(
          IllegalArgumentException.class, () -> Findings.ofNumbers(ImmutableMap.of(name, 1.0)));
    }
    BufferedImage picture = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
    assertEquals(
        "'a b' is no name for what an evaluation found: use a-z, 0-9 and _, such as top1_k10",
        assertThrows(IllegalArgumentException.class, () -> Findings.ofPicture("a b", picture))
            .getMessage());
  }

  @Test
  void numbersWithoutWordsAreListed() {
    Findings findings = Findings.ofNumbers(ImmutableMap.of("b_1", -1.23456789, "a", 12.0));
    assertEquals("mine: b_1 -1.235, a 12.00", findings.lineOf("mine"));
    assertEquals(
        List.of("b_1                      -1.23457", "a                         12.0000"),
        findings.lines().lines().toList());
  }
}
