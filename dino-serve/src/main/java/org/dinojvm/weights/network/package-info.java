/** The weights of one network: found in any file, told apart by their shapes, set and read. */
package org.dinojvm.weights.network;
