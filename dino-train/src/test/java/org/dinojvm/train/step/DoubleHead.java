package org.dinojvm.train.step;

import java.util.Map;
import org.dinojvm.model.head.DinoHead;

/**
 * The projection head without BatchNorm in plain double arithmetic, of weights by this project's
 * names, kernels [in, out] in row-major order.
 */
record DoubleHead(DinoHead head, Map<String, double[]> weights) {

  /** Logits [K] of one picture's features. */
  double[] logits(double[] features) {
    double[] x = gelu(linear("mlp.0", features, head.hiddenDim()));
    x = gelu(linear("mlp.2", x, head.hiddenDim()));
    return lastLayer(normalized(linear("mlp.4", x, head.bottleneckDim())));
  }

  private double[] linear(String name, double[] x, int out) {
    double[] kernel = weights.get("head." + name + ".kernel");
    double[] y = weights.get("head." + name + ".bias").clone();
    for (int i = 0; i < x.length; i++) {
      for (int o = 0; o < out; o++) {
        y[o] += x[i] * kernel[i * out + o];
      }
    }
    return y;
  }

  private double[] lastLayer(double[] x) {
    double[] g = weights.get("head.last_layer.weight_g");
    double[] v = weights.get("head.last_layer.weight_v");
    double[] logits = new double[g.length];
    for (int k = 0; k < g.length; k++) {
      double dot = 0;
      double squared = 0;
      for (int i = 0; i < x.length; i++) {
        dot += v[k * x.length + i] * x[i];
        squared += v[k * x.length + i] * v[k * x.length + i];
      }
      logits[k] = g[k] * dot / Math.sqrt(squared);
    }
    return logits;
  }

  private static double[] normalized(double[] x) {
    double squared = 0;
    for (double value : x) {
      squared += value * value;
    }
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i] / Math.max(Math.sqrt(squared), 1e-12);
    }
    return y;
  }

  private static double[] gelu(double[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = 0.5 * x[i] * (1 + erf(x[i] / Math.sqrt(2)));
    }
    return y;
  }

  /** 2/√π·exp(−x²)·Σ 2ⁿx²ⁿ⁺¹/(1·3·…·(2n+1)) (Abramowitz and Stegun 7.1.6); nothing cancels. */
  static double erf(double x) {
    if (Math.abs(x) > 6) {
      return Math.signum(x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }
}
