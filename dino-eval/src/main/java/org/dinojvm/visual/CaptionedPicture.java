package org.dinojvm.visual;

import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;

/**
 * A picture and what is written beside it.
 *
 * @param title short, set bold: a class
 * @param subtitle set pale under it: a file's name
 */
public record CaptionedPicture(Picture picture, String title, String subtitle) {

  /** A picture under its class and its file's name; under the latter alone if it is in no class. */
  public static CaptionedPicture of(ImageFolder folder, Picture picture) {
    String fileName = picture.fileName();
    return folder
        .className(picture)
        .map(className -> new CaptionedPicture(picture, className, fileName))
        .orElseGet(() -> new CaptionedPicture(picture, fileName, ""));
  }
}
