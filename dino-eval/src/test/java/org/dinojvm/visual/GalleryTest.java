package org.dinojvm.visual;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.Progress;
import org.dinojvm.eval.TinyFeatureModel;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.ModelInfo;
import org.dinojvm.visual.NeighbourGallery.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GalleryTest {

  @TempDir Path directory;

  @Test
  void theMaskLeavesTheAttendedDiscBrightAndShadesTheRest() throws Exception {
    CaptionedPicture disc = disc("disc", Color.BLUE);
    try (FeatureModel model = new TinyFeatureModel()) {
      BufferedImage page =
          new AttentionGallery(model, 128).draw(ImmutableList.of(disc, disc), Progress.NONE);

      int side = 160;
      int left = 24 + 168;
      int top = 24 + 30;
      assertEquals(
          left + 6 * (side + 8) - 8 + 24, page.getWidth(), "2 leading columns, mean, 3 heads");
      assertEquals(top + 2 * (side + 8) - 8 + 24, page.getHeight());
      int masked = left + side + 8;
      assertEquals(Color.BLUE, new Color(page.getRGB(masked + side / 2, top + side / 2)));
      assertTrue(new Color(page.getRGB(masked + 10, top + 10)).getRed() < 100);
      assertEquals(Color.WHITE, new Color(page.getRGB(left + 10, top + 10)));
    }
  }

  @Test
  void framesNeighboursByClass() throws Exception {
    CaptionedPicture query = disc("cat", Color.BLACK);
    Row row = new Row(query, ImmutableList.of(disc("cat", Color.GRAY), disc("dog", Color.RED)));

    BufferedImage page = NeighbourGallery.draw(ImmutableList.of(row), Progress.NONE);

    int firstNeighbour = 24 + 168 + 160 + 8;
    Color same = new Color(page.getRGB(firstNeighbour + 2, 100));
    Color other = new Color(page.getRGB(firstNeighbour + 168 + 2, 100));
    assertTrue(same.getGreen() > same.getRed(), same.toString());
    assertTrue(other.getRed() > other.getGreen(), other.toString());
  }

  @Test
  void theDefaultSizeIsTwiceTheModelsAsAMultipleOfThePatch() {
    assertEquals(448, AttentionGallery.defaultImageSize(vit(16, 224)));
    assertEquals(196, AttentionGallery.defaultImageSize(vit(14, 98)));
    assertEquals(192, AttentionGallery.defaultImageSize(vit(12, 97)));
  }

  @Test
  void namesTheMistake() {
    try (FeatureModel model = new TinyFeatureModel()) {
      assertEquals(
          "image_size 100 must be a multiple of the patch size 8, such as 104",
          assertThrows(IllegalArgumentException.class, () -> new AttentionGallery(model, 100))
              .getMessage());
    }
  }

  private CaptionedPicture disc(String className, Color color) throws Exception {
    Path file = PictureFiles.disc(directory.resolve(className + ".png"), color, 64, 64);
    return new CaptionedPicture(
        PictureFiles.picture(file), className, file.getFileName().toString());
  }

  private static ModelInfo vit(int patchSize, int imageSize) {
    return new ModelInfo("vit_small", patchSize, 384, 6, imageSize, imageSize, null, null, null);
  }
}
