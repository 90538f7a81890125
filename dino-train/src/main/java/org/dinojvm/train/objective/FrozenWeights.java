package org.dinojvm.train.objective;

import java.util.function.Predicate;

/**
 * Weights that the optimizer skips in the first steps: no update, no decay, no moments, and no
 * count of updates, for which they have a counter of their own.
 *
 * @param name of the group, part of its counter's key in checkpoints
 * @param weights tells by a weight's name below {@code student.} whether it belongs to the group
 */
public record FrozenWeights(String name, Predicate<String> weights) {}
