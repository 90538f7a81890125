package org.dinojvm.settings;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What there is to know about one setting, written on the record component that holds it.
 *
 * <p>The setting's key is the component's name in snake_case: {@code patchSize} is {@code
 * patch_size} in YAML and {@code --patch_size} on the command line.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {

  /** The default, as a user would write it. */
  String value();

  /** One or two sentences of help. */
  String doc();

  /** What a value counts, e.g. {@code pixels}; empty for choices, paths and plain ratios. */
  String unit() default "";

  /** Where the default comes from. */
  String source() default "main_dino.py";

  /** Other keys that mean the same, among them those of earlier versions. */
  String[] aliases() default {};

  /**
   * Whether a run may be resumed with another value: true for what does not change the weights that
   * are learned.
   */
  boolean mayChange() default false;

  /** The names to choose from, for a text that must be one of a registry's. */
  Class<? extends Choices> choices() default Choices.Any.class;
}
