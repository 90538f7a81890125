/** What TensorBoard shows of a run: event files without TensorFlow's summary ops. */
package org.dinojvm.tensorboard;
