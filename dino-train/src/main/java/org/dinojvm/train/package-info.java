/** The training step, its schedules, the loop and its checkpoints. */
package org.dinojvm.train;
