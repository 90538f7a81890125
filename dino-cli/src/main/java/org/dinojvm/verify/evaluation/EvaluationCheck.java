package org.dinojvm.verify.evaluation;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.RelativeError;
import org.dinojvm.weights.Weight;

/**
 * Holds an evaluation against a file: computes from the inputs whatever the file has results of,
 * and compares each with the tolerance that the file gives it.
 */
public final class EvaluationCheck implements Check {

  /** Takes computed results by the names of the file's tensors, in row-major order. */
  public static final class Results {
    private final Map<String, double[]> values = new HashMap<>();

    /** A result. */
    public void put(String name, double... value) {
      values.put(name, value);
    }

    /** A result in single precision. */
    public void put(String name, float[] value) {
      double[] wide = new double[value.length];
      for (int i = 0; i < wide.length; i++) {
        wide[i] = value[i];
      }
      values.put(name, wide);
    }

    /** A matrix [N, D]. */
    public void put(String name, double[][] rows) {
      values.put(name, Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray());
    }

    /** A matrix [N, D]. */
    public void put(String name, float[][] rows) {
      double[][] wide = new double[rows.length][];
      for (int row = 0; row < rows.length; row++) {
        wide[row] = new double[rows[row].length];
        for (int i = 0; i < wide[row].length; i++) {
          wide[row][i] = rows[row][i];
        }
      }
      put(name, wide);
    }

    /** Whole numbers. */
    public void put(String name, int[] value) {
      values.put(name, Arrays.stream(value).asDoubleStream().toArray());
    }
  }

  /** An evaluation as the files have it. */
  @FunctionalInterface
  public interface Protocol {

    /**
     * Computes all results that the file has.
     *
     * @throws IllegalArgumentException saying what is wrong with the file
     */
    void compute(EvaluationFile file, Results results);
  }

  private final Protocol protocol;

  /** A check of one kind of evaluation. */
  public EvaluationCheck(Protocol protocol) {
    this.protocol = protocol;
  }

  @Override
  public void run(Path path, Comparisons comparisons) {
    EvaluationFile file = EvaluationFile.read(path);
    Results results = new Results();
    protocol.compute(file, results);
    for (String name : file.results()) {
      OptionalDouble tolerance = file.tolerance(name);
      if (tolerance.isPresent()) {
        comparisons.add(
            aspect(name), name, error(name, results, file.tensor(name)), tolerance.getAsDouble());
      }
    }
  }

  private static double error(String name, Results results, Weight expected) {
    double[] actual = results.values.get(name);
    if (actual == null) {
      throw new IllegalArgumentException(
          "'%s' is a result of no evaluation that is known here".formatted(name));
    }
    return RelativeError.of(actual, expected.doubles());
  }

  /** A line of the report for the names that differ in a number or in what comes before. */
  private static String aspect(String name) {
    return name.replaceAll("\\d+", "#");
  }
}
