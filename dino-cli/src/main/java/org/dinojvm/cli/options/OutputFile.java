package org.dinojvm.cli.options;

import static com.google.common.base.Preconditions.checkArgument;

import java.nio.file.Files;
import java.nio.file.Path;

/** Checks where a result goes before the work for it begins. */
public final class OutputFile {

  private OutputFile() {}

  /** Refuses a file of another kind, and one in a folder that does not exist. */
  public static void check(Path file, String extension) {
    check(file, "--output", extension);
  }

  /** The same for a file of another option. */
  public static void check(Path file, String option, String extension) {
    checkArgument(
        file.getFileName().toString().endsWith(extension),
        "%s %s must end in %s",
        option,
        file,
        extension);
    checkArgument(!Files.isDirectory(file), "%s %s is a folder: name a file in it", option, file);
    Path folder = file.toAbsolutePath().getParent();
    checkArgument(
        Files.isDirectory(folder),
        "the folder of %s %s does not exist: create %s, or name another",
        option,
        file,
        folder);
  }

  /** Refuses to replace a file that was not said to be replaceable. */
  public static void checkReplaceable(Path file, boolean overwrite) {
    checkArgument(
        overwrite || !Files.exists(file),
        "%s exists: add --overwrite to replace it, or name another",
        file);
  }
}
