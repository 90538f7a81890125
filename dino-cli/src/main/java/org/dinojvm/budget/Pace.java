package org.dinojvm.budget;

/**
 * How fast a run goes on this machine, in seconds.
 *
 * @param start before the first step: reading the folder, compiling the graph
 * @param step of a step, with the wait for its pictures
 * @param save of the checkpoint at the end of an epoch
 * @param evaluation of all that is evaluated at the end of an epoch
 */
public record Pace(double start, double step, double save, double evaluation) {}
