/** Several processes that train one network, on TensorFlow's own servers and collective ops. */
package org.dinojvm.train.cluster;
