package org.dinojvm.visual;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.awt.image.BufferedImage;
import java.util.List;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.PictureReader;
import org.dinojvm.eval.attention.AttentionMask;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.ModelInfo;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;

/**
 * A page that shows where a Vision Transformer looks: per picture the attention of the class token
 * over the patches in the last block, for the mean over heads, for each head, and as the fewest
 * patches that hold 60 % of the mean's mass.
 *
 * <p>Heat maps run from each map's own least to its own largest value, and are smoothed between the
 * patches' centers; the mask is drawn patch by patch.
 */
public final class AttentionGallery {

  private static final ImmutableList<String> LEADING_COLUMNS =
      ImmutableList.of("picture", "60 % mass", "mean");

  /** Squares on the page are at least this wide, in pixels. */
  private static final int LEAST_SIDE = 160;

  private final FeatureModel model;
  private final ModelInfo info;
  private final int imageSize;
  private final int side;

  /**
   * Prepares a gallery; the model stays the caller's to close.
   *
   * @param imageSize side of the square that the model sees, a multiple of its patch size; larger
   *     than in training gives finer maps
   */
  public AttentionGallery(FeatureModel model, int imageSize) {
    this.model = model;
    this.info = model.info();
    checkArgument(
        info.numHeads() > 0,
        "%s has no attention to draw: only Vision Transformers and XCiTs have",
        info.arch());
    checkArgument(
        imageSize >= info.patchSize() && imageSize % info.patchSize() == 0,
        "image_size %s must be a multiple of the patch size %s, such as %s",
        imageSize,
        info.patchSize(),
        nearestMultiple(imageSize, info.patchSize()));
    this.imageSize = imageSize;
    this.side = sideFor(imageSize / info.patchSize());
  }

  /** Twice the model's evaluation size, as a multiple of its patch size. */
  public static int defaultImageSize(ModelInfo info) {
    return info.patchSize() == 0
        ? 2 * info.imageSize()
        : nearestMultiple(2 * info.imageSize(), info.patchSize());
  }

  /** Draws one row for each picture. */
  public BufferedImage draw(List<CaptionedPicture> pictures, Progress progress) {
    ContactSheet sheet = new ContactSheet(columns(), pictures.size(), side);
    try (PictureReader modelView = new PictureReader(EvalView.square(imageSize));
        PictureReader pageView = new PictureReader(EvalView.square(side))) {
      for (int row = 0; row < pictures.size(); row++) {
        CaptionedPicture picture = pictures.get(row);
        BufferedImage shown = Drawings.picture(pageView.read(picture.picture()));
        sheet.title(row, picture.title(), picture.subtitle());
        drawRow(sheet, row, shown, attention(modelView.read(picture.picture())));
        progress.report(row + 1, pictures.size());
      }
    }
    return sheet.finish();
  }

  private void drawRow(ContactSheet sheet, int row, BufferedImage picture, PatchMap[] heads) {
    PatchMap mean = PatchMap.mean(heads);
    boolean[] mask = AttentionMask.of(mean.values(), AttentionMask.PUBLISHED_MASS);
    sheet.place(row, 0, picture);
    sheet.place(row, 1, Drawings.spotlight(picture, mask, mean.columns()));
    sheet.place(row, 2, Drawings.heatMap(mean, ColorMap.INFERNO, side));
    for (int head = 0; head < heads.length; head++) {
      int column = LEADING_COLUMNS.size() + head;
      sheet.place(row, column, Drawings.heatMap(heads[head], ColorMap.INFERNO, side));
    }
  }

  /**
   * One map for each head.
   *
   * @param pixels [H, W, 3] of this gallery's image size, RGB in 0…1
   */
  PatchMap[] attention(float[] pixels) {
    Shape shape = Shape.of(1, imageSize, imageSize, 3);
    try (TFloat32 images = TFloat32.tensorOf(shape, DataBuffers.of(pixels));
        TFloat32 attention = model.attention(images)) {
      PatchMap[] heads = new PatchMap[Math.toIntExact(attention.shape().get(1))];
      int patches = Math.toIntExact(attention.shape().get(2) * attention.shape().get(3));
      FloatDataBuffer weights = attention.asRawTensor().data().asFloats();
      for (int head = 0; head < heads.length; head++) {
        float[] values = new float[patches];
        weights.offset((long) head * patches).read(values);
        heads[head] = new PatchMap(values, Math.toIntExact(attention.shape().get(3)));
      }
      return heads;
    }
  }

  private ImmutableList<String> columns() {
    ImmutableList.Builder<String> columns = ImmutableList.builder();
    columns.addAll(LEADING_COLUMNS);
    for (int head = 1; head <= info.numHeads(); head++) {
      columns.add("head " + head);
    }
    return columns.build();
  }

  /** A whole number of pixels for each patch, so that masks are drawn evenly. */
  private static int sideFor(int patches) {
    return patches * ((LEAST_SIDE + patches - 1) / patches);
  }

  private static int nearestMultiple(int size, int of) {
    return Math.max(1, Math.round((float) size / of)) * of;
  }
}
