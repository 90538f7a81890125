package org.dinojvm.explore.report;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.dinojvm.files.DurableFiles;
import org.dinojvm.files.DurableFiles.FolderContent;

/** The folder of a page: it appears whole, in the place of an older one. */
public final class ReportFolder {

  /** The page itself. */
  public static final String PAGE = "index.html";

  static final String SPRITES = "sprites";
  static final String DETAILS = "details";

  private static final Set<String> OWN = Set.of(PAGE, SPRITES, DETAILS);

  private ReportFolder() {}

  /**
   * Refuses a folder with other files in it.
   *
   * @throws IllegalArgumentException saying so
   */
  public static void check(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    checkArgument(Files.isDirectory(folder), "%s is a file; --output names a folder", folder);
    try (Stream<Path> children = Files.list(folder)) {
      checkArgument(
          children.allMatch(child -> OWN.contains(child.getFileName().toString())),
          "%s holds other files than a page of this command; choose a new or empty folder as"
              + " --output",
          folder);
    }
  }

  /** Writes a page aside and then replaces the one before. */
  static void write(Path folder, FolderContent content) throws IOException {
    check(folder);
    Path parent = folder.toAbsolutePath().getParent();
    Files.createDirectories(parent);
    Path aside = DurableFiles.createAside(parent);
    try {
      content.writeTo(aside);
      check(folder); // once more: what came meanwhile is not deleted
      DurableFiles.deleteTree(folder);
      DurableFiles.publish(aside, folder);
    } finally {
      DurableFiles.deleteTree(aside);
    }
  }
}
