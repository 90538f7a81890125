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

  /** The heading of the help that it stands under. */
  Group group();

  /** The default, as a user would write it. */
  String value();

  /** One or two sentences of help. */
  String doc();

  /** What a value counts, e.g. {@code pixels}; empty for choices, paths and plain ratios. */
  String unit() default "";

  /** Where the default comes from. */
  String source() default "main_dino.py";

  /** Other keys that mean the same. */
  String[] aliases() default {};
}
