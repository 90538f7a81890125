package org.dinojvm.train.preset;

/**
 * A setting that is picked for the user.
 *
 * @param key of the setting
 * @param value as a user would write it
 * @param reason in a few words
 */
public record Choice(String key, String value, String reason) {}
