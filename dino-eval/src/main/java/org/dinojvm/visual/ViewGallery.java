package org.dinojvm.visual;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.data.ImagePipeline;
import org.dinojvm.data.PipelineSettings;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.data.augment.MultiCropViews;
import org.dinojvm.data.augment.Normalization;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.train.TrainingSession;
import org.dinojvm.train.config.TrainConfig;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** A page of the views that the network sees of some pictures: a row a picture. */
public final class ViewGallery {

  private ViewGallery() {}

  /**
   * Draws the first views that training with this seed would make.
   *
   * @param count pictures, at least 1 and no more than there are
   */
  public static BufferedImage draw(
      ImageFolder folder, MultiCrop crops, Normalization normalization, int count, long seed) {
    try (Graph graph = new Graph();
        Session session = TrainingSession.open(graph, TrainConfig.defaults())) {
      ImagePipeline pipeline =
          new ImagePipeline(
              Ops.create(graph),
              folder,
              new MultiCropViews(crops, normalization),
              PipelineSettings.of(count, seed));
      pipeline.start(session, 0);
      Session.Runner runner =
          session.runner().fetch(pipeline.indices()).fetch(pipeline.globalCrops());
      pipeline.localCrops().ifPresent(runner::fetch);
      try (Result batch = runner.run()) {
        List<TFloat32> resolutions = new ArrayList<>();
        for (int i = 1; i < batch.size(); i++) {
          resolutions.add((TFloat32) batch.get(i));
        }
        return ViewSheet.draw(
            captions(folder, (TInt64) batch.get(0)), count, resolutions, normalization);
      }
    }
  }

  private static List<ViewSheet.Caption> captions(ImageFolder folder, TInt64 indices) {
    List<ViewSheet.Caption> captions = new ArrayList<>();
    for (int row = 0; row < indices.size(); row++) {
      Picture picture = folder.pictures().get((int) indices.getLong(row));
      captions.add(
          new ViewSheet.Caption(
              picture.fileName(), picture.width() + " × " + picture.height() + " pixels"));
    }
    return captions;
  }
}
