package org.dinojvm.visual;

import java.awt.image.BufferedImage;
import java.util.List;

/** A page of pictures and of copies of them. */
public final class CopyGallery {

  private static final int SIDE = 120;

  private CopyGallery() {}

  /**
   * Draws a page.
   *
   * @param rows an original and its copies each
   * @param columns what each column shows
   */
  public static BufferedImage draw(List<List<BufferedImage>> rows, List<String> columns) {
    ContactSheet sheet = new ContactSheet(columns, rows.size(), SIDE);
    for (int row = 0; row < rows.size(); row++) {
      for (int column = 0; column < rows.get(row).size(); column++) {
        sheet.place(row, column, Drawings.squared(rows.get(row).get(column), SIDE));
      }
      sheet.title(row, "picture " + (row + 1), "");
    }
    return sheet.finish();
  }
}
