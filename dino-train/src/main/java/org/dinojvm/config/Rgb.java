package org.dinojvm.config;

/** One number for each colour channel. */
public record Rgb(double red, double green, double blue) {}
