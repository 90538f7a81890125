/** Clusters of features, held against classes that were not used to find them. */
package org.dinojvm.eval.cluster;
