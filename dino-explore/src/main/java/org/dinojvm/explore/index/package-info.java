/** A Lucene index of pictures by their features: kept up to date, searched, checked. */
package org.dinojvm.explore.index;
