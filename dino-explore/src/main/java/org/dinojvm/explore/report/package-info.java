/** A page to explore what a model has learned: map, neighbours, attention, patches, curves. */
package org.dinojvm.explore.report;
