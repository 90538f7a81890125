/** Weighted k-NN: exact neighbours block by block, the vote, balanced and low-shot selections. */
package org.dinojvm.eval.knn;
