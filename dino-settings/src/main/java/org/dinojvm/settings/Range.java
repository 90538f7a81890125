package org.dinojvm.settings;

/** From low to high, both included. */
public record Range(double low, double high) {}
