package org.dinojvm.visual;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.data.ImageFolder;
import org.dinojvm.data.ImageFolder.Picture;
import org.dinojvm.data.ImagePipeline;
import org.dinojvm.data.MultiCrop;
import org.dinojvm.train.Sessions;
import org.dinojvm.train.TrainConfig;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** A page of the views that the network sees of some pictures: a row a picture. */
public final class ViewGallery {

  private static final int SIDE = 112;

  private ViewGallery() {}

  /**
   * Draws the first views that training with this seed would make.
   *
   * @param count pictures, at least 1 and no more than there are
   */
  public static BufferedImage draw(ImageFolder folder, MultiCrop crops, int count, long seed) {
    try (Graph graph = new Graph();
        Session session = Sessions.open(graph, TrainConfig.defaults())) {
      ImagePipeline pipeline =
          new ImagePipeline(
              Ops.create(graph), folder, crops, ImagePipeline.Settings.of(count, seed));
      pipeline.start(session, 0);
      Session.Runner runner =
          session.runner().fetch(pipeline.indices()).fetch(pipeline.globalCrops());
      pipeline.localCrops().ifPresent(runner::fetch);
      try (Result batch = runner.run()) {
        ContactSheet sheet = new ContactSheet(titles(crops), count, SIDE);
        name(sheet, folder, (TInt64) batch.get(0));
        place(sheet, (TFloat32) batch.get(1), crops, count, 0);
        if (batch.size() > 2) {
          place(sheet, (TFloat32) batch.get(2), crops, count, 2);
        }
        return sheet.finish();
      }
    }
  }

  private static List<String> titles(MultiCrop crops) {
    List<String> titles = new ArrayList<>(List.of("global 1", "global 2"));
    for (int i = 1; i <= crops.localCrops(); i++) {
      titles.add("local " + i);
    }
    return titles;
  }

  private static void name(ContactSheet sheet, ImageFolder folder, TInt64 indices) {
    for (int row = 0; row < indices.size(); row++) {
      Picture picture = folder.pictures().get((int) indices.getLong(row));
      sheet.title(
          row,
          picture.file().getFileName().toString(),
          picture.width() + " × " + picture.height() + " pixels");
    }
  }

  /** Places crops, which are crop-major, in columns. */
  private static void place(
      ContactSheet sheet, TFloat32 views, MultiCrop crops, int count, int firstColumn) {
    int side = (int) views.shape().get(1);
    float[] pixels = new float[3 * side * side];
    for (int i = 0; i < views.shape().get(0); i++) {
      views.asRawTensor().data().asFloats().offset((long) i * pixels.length).read(pixels);
      for (int k = 0; k < pixels.length; k++) {
        pixels[k] = pixels[k] * crops.std().get(k % 3) + crops.mean().get(k % 3);
      }
      sheet.place(i % count, firstColumn + i / count, Drawings.picture(pixels));
    }
  }
}
