/** A folder put in order: copies, outliers, clusters, a diverse subset, what is like examples. */
package org.dinojvm.explore.curate;
