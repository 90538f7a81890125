/**
 * The frame of evaluations: entries, inputs, features in memory or on disk, findings and kept
 * results.
 */
package org.dinojvm.eval;
