package org.dinojvm.weights.names;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dinojvm.weights.Messages;
import org.dinojvm.weights.Weight;

/**
 * Published weights and this project's parameters, one into the other. Names are the same dotted
 * paths, but where the layout differs the leaf is called {@code kernel}:
 *
 * <ul>
 *   <li>dense: {@code weight} [out, in] and {@code kernel} [in, out]
 *   <li>convolution: {@code weight} [out, in, h, w] and {@code kernel} [h, w, in, out]
 * </ul>
 *
 * <p>Everything else keeps name and layout. BatchNorm's {@code num_batches_tracked} is dropped: it
 * has no part in any result.
 */
public final class PublishedNames {
  private static final String WEIGHT = ".weight";
  private static final String KERNEL = ".kernel";

  private PublishedNames() {}

  /** This project's parameters from published weights, in the same order; copies nothing. */
  public static ImmutableMap<String, Weight> toProject(Map<String, Weight> published) {
    Map<String, Weight> parameters = new LinkedHashMap<>();
    published.forEach(
        (name, weight) -> {
          if (!name.endsWith(".num_batches_tracked")) {
            int rank = weight.shape().numDimensions();
            String parameter = projectName(name, rank);
            Weight value = parameter.endsWith(KERNEL) ? kernelFromWeight(name, weight) : weight;
            checkArgument(
                parameters.put(parameter, value) == null,
                "two weights are %s",
                Messages.printable(name));
          }
        });
    return ImmutableMap.copyOf(parameters);
  }

  /** Published weights from this project's parameters, in the same order; copies nothing. */
  public static ImmutableMap<String, Weight> toPublished(Map<String, Weight> parameters) {
    ImmutableMap.Builder<String, Weight> published = ImmutableMap.builder();
    parameters.forEach(
        (name, parameter) ->
            published.put(
                publishedName(name),
                name.endsWith(KERNEL) ? weightFromKernel(name, parameter) : parameter));
    return published.buildOrThrow();
  }

  /**
   * A parameter's name from the published one.
   *
   * @param rank number of the weight's axes: norms have a one-dimensional {@code weight}
   */
  public static String projectName(String published, int rank) {
    return published.endsWith(WEIGHT) && rank > 1
        ? replaceEnd(published, WEIGHT, KERNEL)
        : published;
  }

  /** The published name of a parameter. */
  public static String publishedName(String parameter) {
    return parameter.endsWith(KERNEL) ? replaceEnd(parameter, KERNEL, WEIGHT) : parameter;
  }

  /** Whether a published name belongs to the projection head. */
  public static boolean isHead(String name) {
    return name.startsWith("head.");
  }

  private static Weight kernelFromWeight(String name, Weight weight) {
    return isConvolution(name, weight) ? weight.permuted(2, 3, 1, 0) : weight.permuted(1, 0);
  }

  private static Weight weightFromKernel(String name, Weight kernel) {
    return isConvolution(name, kernel) ? kernel.permuted(3, 2, 0, 1) : kernel.permuted(1, 0);
  }

  private static boolean isConvolution(String name, Weight weight) {
    int rank = weight.shape().numDimensions();
    checkArgument(
        rank == 2 || rank == 4,
        "%s is %s; expected 2 axes (dense) or 4 (convolution)",
        Messages.printable(name),
        weight);
    return rank == 4;
  }

  private static String replaceEnd(String name, String end, String replacement) {
    return name.substring(0, name.length() - end.length()) + replacement;
  }
}
