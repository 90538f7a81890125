package org.dinojvm.train.cluster;

/**
 * The ops of a meeting.
 *
 * @param fingerprints of what workers train
 * @param state that they have in common
 * @param numbers one of each worker
 */
record Agenda(Exchange fingerprints, SharedState state, Exchange numbers) {}
