package org.dinojvm.settings;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The heading, in help and YAML, of the settings in a record component: one {@link Setting} or a
 * record of several. It holds for all components below that have none of their own.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Heading {
  /** A few words, e.g. {@code Crops and colors}. */
  String value();
}
