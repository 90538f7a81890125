/** Pictures on disk to augmented views, in native tf.data pipelines. */
package org.dinojvm.data;
