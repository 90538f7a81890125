package org.dinojvm.train.run;

/**
 * A run is ill, or about to be.
 *
 * @param kind what it suffers from
 * @param message the cause and the remedy, in one line
 */
public record HealthWarning(Kind kind, String message) {

  /** What a run can suffer from. */
  public enum Kind {
    /** The teacher gives every picture the same probabilities, all alike. */
    UNIFORM_COLLAPSE,
    /** The teacher gives every picture the same prototype. */
    ONE_DIMENSION,
    /** The gradient is many times longer than it was. */
    EXPLODING_GRADIENT,
    /** Training waits for pictures. */
    DATA_STARVATION
  }
}
