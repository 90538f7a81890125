/** Training steps, schedules and augmentations; and the set of files of DINO itself. */
package org.dinojvm.verify.training;
