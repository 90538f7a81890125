package org.dinojvm.explore.index;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Part;
import org.dinojvm.data.source.ImageFolder.Picture;

/**
 * A picture as an index knows it.
 *
 * @param name what tells it from the others: its path, seen from the data's folder, with slashes;
 *     behind it {@code #number} where a file holds several
 * @param file absolute path of the file that it is, or is a part of
 * @param part where in a file of several pictures it lies; empty where it is the file
 * @param className its class's folder; empty where there is none
 * @param width in pixels
 * @param height in pixels
 * @param bytes of the file
 * @param modified the file's time of change, in milliseconds since 1970
 * @param contentHash SHA-256 of the encoded picture, hexadecimal
 */
public record IndexedPicture(
    String name,
    Path file,
    Optional<Part> part,
    String className,
    int width,
    int height,
    long bytes,
    long modified,
    String contentHash) {

  /**
   * A picture as it lies on the disk now.
   *
   * @param root the data's folder, absolute
   * @param contentHash of its bytes; empty if they were not read
   */
  static IndexedPicture of(Path root, ImageFolder folder, Picture picture, String contentHash)
      throws IOException {
    Path file = picture.file().toAbsolutePath().normalize();
    return new IndexedPicture(
        nameOf(root, picture),
        file,
        picture.part(),
        folder.className(picture).orElse(""),
        picture.width(),
        picture.height(),
        Files.size(file),
        Files.getLastModifiedTime(file).toMillis(),
        contentHash);
  }

  /** Its name seen from the data's folder, the same on all systems. */
  private static String nameOf(Path root, Picture picture) {
    Path name = picture.name().toAbsolutePath().normalize();
    return root.relativize(name).toString().replace('\\', '/');
  }

  /** Whether the file is as long and as old as the other's, so that it need not be read. */
  boolean looksLike(IndexedPicture other) {
    return bytes == other.bytes && modified == other.modified && part.equals(other.part);
  }

  /** The same with the hash of its content. */
  IndexedPicture withContentHash(String hash) {
    return new IndexedPicture(name, file, part, className, width, height, bytes, modified, hash);
  }

  /** The picture to be read. */
  public Picture picture() {
    return new Picture(file, part, ImageFolder.UNLABELLED, width, height);
  }

  /**
   * The encoded picture.
   *
   * @throws IOException if the file is gone or shorter than when it was indexed
   */
  public byte[] read() throws IOException {
    return picture().read();
  }

  /**
   * The file, for lists that {@code --data} takes.
   *
   * @throws IllegalArgumentException if it holds several pictures, which no list can name
   */
  public Path requireFile() {
    checkArgument(
        part.isEmpty(),
        "%s is a part of a TFRecord file, which a list of files cannot name: index a folder",
        name);
    return file;
  }
}
