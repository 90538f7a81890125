package org.dinojvm.budget;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunPlanTest {

  @Test
  void manyEpochsAreOfAllPictures() {
    Pace pace = new Pace(10, 0.1, 0.4, 2);
    // 590 s for epochs of 26 steps and 0.4 + 2/10 s
    assertEquals(new RunPlan(184, 0), RunPlan.of(pace, 600, 26, 10));
  }

  @Test
  void aLargeFolderIsSeenInParts() {
    Pace pace = new Pace(0, 1, 0, 0);
    assertEquals(new RunPlan(20, 30), RunPlan.of(pace, 600, 100_000, 10));
  }

  /** Whatever the pace, the planned run fills its time and does not exceed it. */
  @Test
  void plansEndInTime() {
    Random random = new Random(3);
    for (int i = 0; i < 10_000; i++) {
      Pace pace =
          new Pace(
              20 * random.nextDouble(),
              Math.exp(-3 * random.nextDouble()),
              random.nextDouble() / 2,
              random.nextDouble());
      long stepsOfAll = 1L + random.nextInt(2_000);
      int every = 1 + random.nextInt(10);
      double seconds = 300 + 3_000 * random.nextDouble();
      RunPlan plan = RunPlan.of(pace, seconds, stepsOfAll, every);
      double takes =
          pace.start()
              + plan.steps(stepsOfAll) * pace.step()
              + plan.epochs() * (pace.save() + pace.evaluation() / every);
      assertTrue(takes <= seconds + 1e-6, plan + " of " + pace);
      assertTrue(takes >= 0.9 * seconds - 20 * pace.step(), plan + " of " + pace);
    }
  }

  @Test
  void timesAreReadAsWritten() {
    assertEquals(Duration.ofSeconds(90), DurationText.parse("--budget", "90s"));
    assertEquals(Duration.ofMinutes(10), DurationText.parse("--budget", "10m"));
    assertEquals(Duration.ofHours(2), DurationText.parse("--budget", "2h"));
    assertEquals(
        "--budget ten is no time: write 90s, 10m or 2h",
        assertThrows(IllegalArgumentException.class, () -> DurationText.parse("--budget", "ten"))
            .getMessage());
  }
}
