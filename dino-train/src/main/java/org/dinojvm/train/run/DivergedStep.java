package org.dinojvm.train.run;

import java.nio.file.Path;
import java.util.List;
import org.dinojvm.data.ImagePipeline;
import org.dinojvm.train.schedule.StepScalars;
import org.dinojvm.train.step.StepMetrics;
import org.tensorflow.types.TFloat32;

/**
 * A step whose loss or gradient is not finite, with what went into it: one of its batches. Several
 * are told of in turn.
 *
 * @param run what was trained
 * @param step its number, counted from 1 as in the log
 * @param batch which of the step's batches, from 0
 * @param scalars that were fed
 * @param metrics that came out
 * @param pictures whose views they are, in the order of the batch
 * @param views normalized, [nB, s, s, 3] for each resolution, crop-major as in {@link
 *     ImagePipeline}; closed after the event
 */
public record DivergedStep(
    RunSummary run,
    long step,
    int batch,
    StepScalars scalars,
    StepMetrics metrics,
    List<Path> pictures,
    List<TFloat32> views) {}
