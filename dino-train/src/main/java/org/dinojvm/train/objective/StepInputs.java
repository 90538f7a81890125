package org.dinojvm.train.objective;

import java.util.function.Function;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.Workers;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * What an objective computes its loss from.
 *
 * @param tf ops of the graph
 * @param backbone the network, the same for student and teacher
 * @param student weights that the optimizer trains; the backbone's are below {@code backbone}
 * @param teacher weights that follow the student's of the same name by EMA; those that a forward
 *     pass here asks for
 * @param state what the objective itself keeps from step to step, such as a center or a queue; in
 *     checkpoints below {@code loss}
 * @param views of the batch
 * @param studentMode how a network with gradients runs
 * @param teacherMode how a network without gradients runs
 * @param workers that train together; a loss is the mean over this worker's pictures, what it
 *     compares them with may be all workers'
 * @param schedules gives a scalar for the name of one of {@link Objective#schedules}
 */
public record StepInputs(
    Ops tf,
    Backbone backbone,
    Params student,
    Params teacher,
    Params state,
    Views views,
    Mode studentMode,
    Mode teacherMode,
    Workers workers,
    Function<String, Operand<TFloat32>> schedules) {

  /** This step's value of one of {@link Objective#schedules}: a scalar. */
  public Operand<TFloat32> scheduled(String name) {
    return schedules.apply(name);
  }
}
