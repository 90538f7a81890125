package org.dinojvm.train.step;

import org.dinojvm.model.Arithmetic;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Workers;
import org.dinojvm.train.objective.Objective;
import org.dinojvm.train.optimizer.Clipping;
import org.dinojvm.train.optimizer.LayerRates;
import org.dinojvm.train.optimizer.Optimizer;

/**
 * What a step is made of.
 *
 * @param backbone the network
 * @param objective what makes it learn
 * @param optimizer how gradients change weights
 * @param layers which weights it changes, and how fast
 * @param beta2 AdamW's share of the old second moment
 * @param clipping what the limit is measured over
 * @param clipLimit largest gradient norm; 0 for no clipping
 * @param decayAll whether biases and norms are decayed, too
 * @param dropPathRate stochastic depth of the student
 * @param accumulate N, batches of one optimizer step
 * @param arithmetic of the backbone
 * @param seed of initial values and stochastic depth
 * @param workers that train together: gradients and what is reported are means over all of them
 * @param syncBatchNorm whether BatchNorm normalizes over the batches of all workers
 */
public record Recipe(
    Backbone backbone,
    Objective objective,
    Optimizer optimizer,
    LayerRates layers,
    double beta2,
    Clipping clipping,
    double clipLimit,
    boolean decayAll,
    double dropPathRate,
    int accumulate,
    Arithmetic arithmetic,
    long seed,
    Workers workers,
    boolean syncBatchNorm) {}
