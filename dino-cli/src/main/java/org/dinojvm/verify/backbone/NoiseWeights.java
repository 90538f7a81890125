package org.dinojvm.verify.backbone;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dinojvm.model.Params;
import org.dinojvm.verify.Noise;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.PublishedNames;
import org.tensorflow.ndarray.Shape;

/**
 * The weights of a network with BatchNorm that stays well-conditioned on batch statistics:
 * pseudo-random numbers r in [−1, 1), by the seed, the weight's number and the element's index, in
 * parts that the file's formula gives. Its constants are read from its text.
 *
 * @param tensors published names in their order
 * @param variance of a convolution's weights times its fan-in and 3
 */
record NoiseWeights(
    long seed,
    ImmutableList<String> tensors,
    double variance,
    Affine lastNorm,
    Affine norm,
    Affine bias,
    Affine mean,
    Affine runningVariance) {

  /** {@code offset + factor · r}. */
  private record Affine(float offset, float factor) {

    float of(float noise) {
      return offset + factor * noise;
    }
  }

  private static final String NUMBER = "([0-9.]*[0-9])f?";
  private static final Pattern CONVOLUTION = Pattern.compile("sqrt\\(" + NUMBER + " / fan_in\\)");

  static NoiseWeights of(ReferenceFile file) {
    String formula = file.text("formula").replaceAll("\\s+", " ");
    Matcher convolution = CONVOLUTION.matcher(formula);
    checkArgument(
        convolution.find(), "the metadata's formula has no sqrt(… / fan_in): %s", formula);
    return new NoiseWeights(
        file.whole("seed"),
        names(file.text("tensors")),
        Double.parseDouble(convolution.group(1)),
        affine("bn3.weight", formula),
        affine("other BatchNorm weights", formula),
        affine("BatchNorm biases", formula),
        affine("running_mean", formula),
        affine("running_var", formula));
  }

  private static ImmutableList<String> names(String json) {
    return Stream.of(json.replaceAll("[\\[\\]\" ]", "").split(",", -1))
        .collect(ImmutableList.toImmutableList());
  }

  private static Affine affine(String what, String formula) {
    Matcher matcher =
        Pattern.compile(Pattern.quote(what) + " = (?:" + NUMBER + " \\+ )?" + NUMBER + " \\* r")
            .matcher(formula);
    checkArgument(
        matcher.find(), "the metadata's formula does not say '%s = … * r': %s", what, formula);
    return new Affine(
        matcher.group(1) == null ? 0 : Float.parseFloat(matcher.group(1)),
        Float.parseFloat(matcher.group(2)));
  }

  /** The weights of a network under their published names. */
  Map<String, Weight> of(Params params) {
    ImmutableMap.Builder<String, Weight> weights = ImmutableMap.builder();
    for (Params.Variable variable : params.variables()) {
      String name = PublishedNames.publishedName(params.relativeName(variable));
      int number = tensors.indexOf(name);
      checkArgument(number >= 0, "the metadata's 'tensors' have no %s", name);
      weights.put(name, weight(name, FormulaWeights.publishedShape(variable), number));
    }
    return weights.buildOrThrow();
  }

  private Weight weight(String name, Shape shape, int number) {
    float[] elements = new float[(int) shape.size()];
    boolean convolution = shape.numDimensions() > 1;
    float scale =
        convolution ? (float) Math.sqrt(variance / ((double) shape.size() / shape.get(0))) : 0;
    Noise noise = new Noise(seed, number);
    for (int i = 0; i < elements.length; i++) {
      elements[i] = convolution ? scale * noise.at(i) : ofName(name).of(noise.at(i));
    }
    return Weight.of(shape, elements);
  }

  private Affine ofName(String name) {
    if (name.endsWith("running_mean")) {
      return mean;
    } else if (name.endsWith("running_var")) {
      return runningVariance;
    } else if (name.endsWith("bias")) {
      return bias;
    }
    return name.endsWith("bn3.weight") ? lastNorm : norm;
  }
}
