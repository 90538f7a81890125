package org.dinojvm.eval;

import static org.dinojvm.settings.Rules.positive;

import com.google.common.collect.ImmutableMap;
import org.dinojvm.settings.Setting;

/**
 * How evenly the pictures' features are spread over the sphere (Wang and Isola 2020,
 * arXiv:2005.10242, equation 2): log of the mean of exp(−t ‖x − y‖²) over pairs of features of
 * length 1. The lower, the more even; 0 if all are the same.
 */
public record Uniformity(
    @Setting(value = "2", doc = "t, how much close pairs count.", source = "Wang and Isola 2020")
        double t)
    implements Evaluation {

  /** {@code dino evaluate uniformity}. */
  public static final class Entry implements EvaluationEntry {
    @Override
    public String name() {
      return "uniformity";
    }

    @Override
    public String description() {
      return "How evenly features are spread over the sphere";
    }

    @Override
    public Class<Uniformity> evaluation() {
      return Uniformity.class;
    }
  }

  /** Checks the value. */
  public Uniformity {
    positive("t", t);
  }

  @Override
  public Findings evaluate(EvaluationInputs in) {
    float[][] x = in.features(in.data().pictures().pictures()); // (N, D)
    double sum = 0;
    int pairs = 0;
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < i; j++) { // ‖x − y‖² = 2 − 2 cos(x, y)
        sum +=
            Math.exp(-t * (2 - 2 * dot(x[i], x[j]) / Math.sqrt(dot(x[i], x[i]) * dot(x[j], x[j]))));
        pairs++;
      }
    }
    return Findings.ofNumbers(ImmutableMap.of("uniformity", Math.log(sum / pairs)));
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
