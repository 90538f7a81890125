package org.dinojvm.budget;

/**
 * How long a run is, so that it ends in a time.
 *
 * @param epochs of the run
 * @param epochLength steps of an epoch; 0 for all pictures
 */
public record RunPlan(int epochs, int epochLength) {

  /** With fewer epochs of all pictures, one more or less misses the time: then epochs are cut. */
  private static final int FEW_EPOCHS = 20;

  private static final int MOST_EPOCHS = 1_000_000;

  /**
   * The length.
   *
   * @param seconds that the run may take, its start included
   * @param stepsOfAll steps in which all pictures are seen once
   * @param evaluateEvery epochs between evaluations
   */
  static RunPlan of(Pace pace, double seconds, long stepsOfAll, int evaluateEvery) {
    double spare = seconds - pace.start();
    double border = pace.save() + pace.evaluation() / evaluateEvery;
    double epochs = spare / (stepsOfAll * pace.step() + border);
    if (epochs >= FEW_EPOCHS) {
      return new RunPlan((int) Math.min(MOST_EPOCHS, epochs), 0);
    }
    double steps = (spare - FEW_EPOCHS * border) / pace.step();
    return new RunPlan(FEW_EPOCHS, (int) Math.max(1, steps / FEW_EPOCHS));
  }

  /** Steps of the run. */
  long steps(long stepsOfAll) {
    return epochs * (epochLength == 0 ? stepsOfAll : epochLength);
  }
}
