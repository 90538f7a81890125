package org.dinojvm.visual;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.eval.PictureReader;
import org.dinojvm.serve.FeatureModel;

/**
 * A page that shows where several Vision Transformers look: a row for each picture, a column for
 * each model with the mean over heads of the class token's attention in the last block. The models
 * are asked one after the other, so that one need be open at a time.
 */
public final class AttentionComparison {

  private static final int SIDE = 160;

  private final ImmutableList<CaptionedPicture> pictures;
  private final Map<String, List<PatchMap>> maps = new LinkedHashMap<>();

  /** A page for some pictures. */
  public AttentionComparison(List<CaptionedPicture> pictures) {
    this.pictures = ImmutableList.copyOf(pictures);
  }

  /**
   * Adds a column.
   *
   * @param model stays the caller's to close
   * @throws IllegalArgumentException if it has no attention
   */
  public void add(String name, FeatureModel model) {
    int side = AttentionGallery.defaultImageSize(model.info());
    AttentionGallery gallery = new AttentionGallery(model, side);
    List<PatchMap> means = new ArrayList<>();
    try (PictureReader view = new PictureReader(EvalView.square(side))) {
      for (CaptionedPicture picture : pictures) {
        means.add(PatchMap.mean(gallery.attention(view.read(picture.picture()))));
      }
    }
    maps.put(name, means);
  }

  /** Whether there is nothing to draw. */
  public boolean isEmpty() {
    return maps.isEmpty() || pictures.isEmpty();
  }

  /** Draws what was added. */
  public BufferedImage draw() {
    checkArgument(!isEmpty(), "no model with attention was added");
    List<String> columns = new ArrayList<>(List.of("picture"));
    columns.addAll(maps.keySet());
    ContactSheet sheet = new ContactSheet(columns, pictures.size(), SIDE);
    try (PictureReader view = new PictureReader(EvalView.square(SIDE))) {
      for (int row = 0; row < pictures.size(); row++) {
        CaptionedPicture picture = pictures.get(row);
        sheet.title(row, picture.title(), picture.subtitle());
        sheet.place(row, 0, Drawings.picture(view.read(picture.picture())));
        int column = 1;
        for (List<PatchMap> means : maps.values()) {
          sheet.place(row, column++, Drawings.heatMap(means.get(row), ColorMap.INFERNO, SIDE));
        }
      }
    }
    return sheet.finish();
  }
}
