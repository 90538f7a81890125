/** The input pipeline: pictures to batches of augmented views, by tf.data in the graph. */
package org.dinojvm.data;
