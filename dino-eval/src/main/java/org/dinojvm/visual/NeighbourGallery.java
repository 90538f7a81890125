package org.dinojvm.visual;

import com.google.common.collect.ImmutableList;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.PictureReader;

/**
 * A page that shows what a model takes for alike: per query picture its nearest neighbours, framed
 * green where they are of the query's class and red where they are not; without frames where the
 * query's class is not known.
 */
public final class NeighbourGallery {

  private static final int SIDE = 160;
  private static final Color SAME_CLASS = new Color(0x2da44e);
  private static final Color OTHER_CLASS = new Color(0xcf222e);

  private NeighbourGallery() {}

  /**
   * A query and what was found for it.
   *
   * @param query whose title is its class; empty if that is not known
   * @param neighbours the most similar first; of the query's class if their titles are equal
   */
  public record Row(CaptionedPicture query, ImmutableList<CaptionedPicture> neighbours) {

    boolean isSameClass(CaptionedPicture neighbour) {
      return neighbour.title().equals(query.title());
    }
  }

  /** Draws one row for each query; all have the same number of neighbours. */
  public static BufferedImage draw(List<Row> rows, Progress progress) {
    ContactSheet sheet =
        new ContactSheet(columns(rows.get(0).neighbours.size()), rows.size(), SIDE);
    try (PictureReader view = new PictureReader(EvalView.square(SIDE))) {
      for (int i = 0; i < rows.size(); i++) {
        drawRow(sheet, i, rows.get(i), view);
        progress.report(i + 1, rows.size());
      }
    }
    return sheet.finish();
  }

  private static void drawRow(ContactSheet sheet, int row, Row content, PictureReader view) {
    CaptionedPicture query = content.query;
    sheet.title(row, query.title(), query.subtitle());
    sheet.place(row, 0, Drawings.picture(view.read(query.picture())));
    int column = 1;
    for (CaptionedPicture neighbour : content.neighbours) {
      sheet.place(row, column, Drawings.picture(view.read(neighbour.picture())));
      if (!query.title().isEmpty()) {
        sheet.frame(row, column, content.isSameClass(neighbour) ? SAME_CLASS : OTHER_CLASS);
      }
      column++;
    }
  }

  private static ImmutableList<String> columns(int neighbours) {
    ImmutableList.Builder<String> columns = ImmutableList.builder();
    columns.add("query");
    for (int rank = 1; rank <= neighbours; rank++) {
      columns.add("neighbour " + rank);
    }
    return columns.build();
  }
}
