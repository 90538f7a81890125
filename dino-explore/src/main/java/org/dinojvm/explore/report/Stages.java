package org.dinojvm.explore.report;

import org.dinojvm.data.source.Progress;

/** Is told of the parts of a long job, one after the other. */
@FunctionalInterface
public interface Stages {

  /** Ignores all. */
  Stages NONE = name -> Progress.NONE;

  /** A part begins; what hears how far it is. */
  Progress begin(String name);
}
