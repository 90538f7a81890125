package org.dinojvm.verify.backbone;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.PublishedNames;
import org.tensorflow.ndarray.Shape;

/**
 * The weights of a network too large to keep in a file: the formula of the file's metadata, element
 * i of the network's weight t in the published order and layout. Its constants are read from its
 * text.
 *
 * @param frequency c0 of {@code sin(c0·i + t)}
 * @param squared whether it is {@code sin(c0·i² + t)}, which is like noise: filters that are shifts
 *     of one wave leave a BatchNorm on batch statistics nothing but rounding
 * @param matrix times 1/√fan_in, amplitude of weights of several axes
 * @param scale amplitude around 1 of norms' weights and running variances
 * @param shift amplitude of other vectors
 * @param token amplitude of class token and position embedding
 */
record FormulaWeights(
    double frequency, boolean squared, double matrix, double scale, double shift, double token) {

  private static final Pattern WAVE = Pattern.compile("sin\\(c0\\*i(\\^2)? \\+ t\\)");
  private static final String NUMBER = "([0-9.]*[0-9])";
  private static final Pattern MATRIX = Pattern.compile("a = " + NUMBER + "/sqrt\\(fan_in\\)");
  private static final Pattern SCALE = Pattern.compile("1 \\+ " + NUMBER + "\\*sin");
  private static final Pattern SHIFT = Pattern.compile(NUMBER + "\\*sin for any other 1-d");
  private static final Pattern TOKEN =
      Pattern.compile("cls_token and pos_embed take a = " + NUMBER);

  static FormulaWeights of(ReferenceFile file) {
    String formula = file.text("formula").replaceAll("\\s+", " ");
    return new FormulaWeights(
        file.number("c0"),
        squared(formula),
        constant(MATRIX, formula),
        constant(SCALE, formula),
        constant(SHIFT, formula),
        constant(TOKEN, formula));
  }

  /**
   * Whether float32 determines what a network with these weights gives on batch statistics. Filters
   * that are shifts of one wave leave a BatchNorm nothing but rounding; {@link NoiseCheck} has
   * weights that do not.
   */
  boolean determineBatchStatistics() {
    return squared;
  }

  private static boolean squared(String formula) {
    Matcher wave = WAVE.matcher(formula);
    checkArgument(wave.find(), "the metadata's formula has no sin(c0*i + t): %s", formula);
    return wave.group(1) != null;
  }

  private static double constant(Pattern pattern, String formula) {
    Matcher matcher = pattern.matcher(formula);
    if (!matcher.find()) {
      throw new IllegalArgumentException(
          "the metadata's formula does not say '%s': %s".formatted(pattern.pattern(), formula));
    }
    return Double.parseDouble(matcher.group(1));
  }

  /** The weights of a network under their published names. */
  Map<String, Weight> of(Params params) {
    ImmutableMap.Builder<String, Weight> weights = ImmutableMap.builder();
    int number = 0;
    for (Variable variable : params.variables()) {
      String name = PublishedNames.publishedName(params.relativeName(variable));
      weights.put(name, weight(name, publishedShape(variable), number++));
    }
    return weights.buildOrThrow();
  }

  /** A weight's shape in the published layout. */
  static Shape publishedShape(Variable variable) {
    Weight layout = Weight.of(variable.shape(), new float[(int) variable.shape().size()]);
    return PublishedNames.toPublished(ImmutableMap.of(variable.name(), layout))
        .values()
        .iterator()
        .next()
        .shape();
  }

  private Weight weight(String name, Shape shape, int number) {
    boolean aroundOne =
        (shape.numDimensions() == 1 && name.endsWith("weight")) || name.endsWith("running_var");
    double amplitude = amplitude(name, shape, aroundOne);
    float[] elements = new float[(int) shape.size()];
    for (int i = 0; i < elements.length; i++) {
      double place = squared ? (double) i * i : i;
      double wave = amplitude * Math.sin(frequency * place + number);
      elements[i] = (float) (aroundOne ? 1 + wave : wave);
    }
    return Weight.of(shape, elements);
  }

  private double amplitude(String name, Shape shape, boolean aroundOne) {
    if (name.endsWith("cls_token") || name.endsWith("pos_embed")) {
      return token;
    } else if (shape.numDimensions() > 1) {
      return matrix / Math.sqrt((double) shape.size() / shape.get(0));
    }
    return aroundOne ? scale : shift;
  }
}
