package org.dinojvm.weights.network;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dinojvm.model.Params;
import org.dinojvm.weights.Messages;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.PublishedNames;
import org.tensorflow.ndarray.Shape;

/**
 * The weights that a network has, which those of a file are held against.
 *
 * @param shapes by this project's name of the parameter
 */
record ExpectedWeights(ImmutableMap<String, Shape> shapes) {

  private static final String WAY_OUT =
      "; the file is damaged or mixed up: take it anew from where it was published";

  /** Those of a registry, all of them created. */
  static ExpectedWeights of(Params params) {
    return new ExpectedWeights(
        params.variables().stream()
            .collect(ImmutableMap.toImmutableMap(params::relativeName, v -> v.shape())));
  }

  /**
   * Exactly this network's weights, by this project's names.
   *
   * @param published by published name; {@code num_batches_tracked} is left out
   * @throws IllegalArgumentException if weights are missing, unknown or of another shape
   */
  ImmutableMap<String, Weight> all(Map<String, Weight> published) {
    ImmutableMap<String, Weight> parameters = PublishedNames.toProject(published);
    Set<String> missing = Sets.difference(shapes.keySet(), parameters.keySet());
    Set<String> unknown = unknown(parameters);
    checkArgument(
        missing.isEmpty(),
        "%s of the network's %s weights are missing: %s%s%s",
        missing.size(),
        shapes.size(),
        list(missing),
        unknown.isEmpty() ? "" : "; not known are " + list(unknown),
        WAY_OUT);
    return known(parameters);
  }

  /**
   * Some of this network's weights, by this project's names.
   *
   * @param published by published name
   * @throws IllegalArgumentException if weights are unknown or of another shape
   */
  ImmutableMap<String, Weight> some(Map<String, Weight> published) {
    return known(PublishedNames.toProject(published));
  }

  private ImmutableMap<String, Weight> known(ImmutableMap<String, Weight> parameters) {
    Set<String> unknown = unknown(parameters);
    checkArgument(
        unknown.isEmpty(),
        "%s weights have no place in the network: %s%s",
        unknown.size(),
        list(unknown),
        WAY_OUT);
    parameters.forEach(
        (name, weight) ->
            checkArgument(
                shapes.get(name).equals(weight.shape()),
                "%s%s",
                difference(name, weight),
                WAY_OUT));
    return parameters;
  }

  private Set<String> unknown(Map<String, Weight> parameters) {
    return Sets.difference(parameters.keySet(), shapes.keySet());
  }

  private static String list(Set<String> parameters) {
    return Messages.list(parameters.stream().map(PublishedNames::publishedName).toList());
  }

  /** A weight of another shape, both in the published layout. */
  private String difference(String name, Weight weight) {
    Shape ours = shapes.get(name);
    return "%s is %s, the network has %s"
        .formatted(
            Messages.printable(PublishedNames.publishedName(name)),
            publishedLayout(name, weight),
            publishedLayout(name, Weight.of(ours, new float[(int) ours.size()])).shape());
  }

  private static Weight publishedLayout(String name, Weight weight) {
    return PublishedNames.toPublished(ImmutableMap.of(name, weight)).values().asList().get(0);
  }

  /**
   * The first weight by which the network is not theirs, in the order of the file.
   *
   * @param published weights by published name
   * @param resizable published names whose shape may be another
   */
  Optional<String> firstDifference(Map<String, Weight> published, Set<String> resizable) {
    ImmutableMap<String, Weight> parameters = PublishedNames.toProject(published);
    for (Map.Entry<String, Weight> entry : parameters.entrySet()) {
      Shape ours = shapes.get(entry.getKey());
      String name = PublishedNames.publishedName(entry.getKey());
      if (ours == null) {
        return Optional.of(Messages.printable(name) + " has no place in the network");
      }
      if (!ours.equals(entry.getValue().shape()) && !resizable.contains(name)) {
        return Optional.of(difference(entry.getKey(), entry.getValue()));
      }
    }
    return shapes.keySet().stream()
        .filter(name -> !parameters.containsKey(name))
        .findFirst()
        .map(name -> PublishedNames.publishedName(name) + " is missing");
  }
}
