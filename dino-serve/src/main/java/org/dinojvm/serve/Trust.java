package org.dinojvm.serve;

/** How far whoever made a model is trusted: a SavedModel's graph is a program. */
public enum Trust {
  /** The graph may hold nothing but what this project's exports need; see {@link GraphCheck}. */
  CHECKED,
  /** The graph may do whatever TensorFlow can do, such as reading and writing files. */
  FULL
}
