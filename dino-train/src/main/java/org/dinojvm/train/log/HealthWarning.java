package org.dinojvm.train.log;

/**
 * A run is ill, or about to be.
 *
 * @param kind name of the health check that found it
 * @param message the cause and the remedy, in one line
 */
public record HealthWarning(String kind, String message) {}
