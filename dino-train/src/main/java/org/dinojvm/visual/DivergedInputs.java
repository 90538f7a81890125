package org.dinojvm.visual;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.collect.ImmutableMap;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.dinojvm.eval.Npy;
import org.dinojvm.train.DivergedStep;
import org.dinojvm.train.TrainConfig;
import org.dinojvm.train.TrainingListener;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;

/**
 * Keeps what went into a step whose loss is not finite, in the run's folder:
 *
 * <pre>
 * diverged-step-00000042/step.json    scalars and metrics
 * diverged-step-00000042/global.npy   the global views [2B, S, S, 3] as the network sees them
 * diverged-step-00000042/local.npy    the local views [nB, s, s, 3]
 * diverged-step-00000042/global.txt   the pictures of the batch, a path a line
 * diverged-step-00000042/views.png    the views of the first pictures, to look at
 * </pre>
 *
 * With {@code --accumulate}, the files of the second batch begin with {@code batch-1-} and so on.
 */
public final class DivergedInputs implements TrainingListener {

  private static final List<String> KINDS = List.of("global", "local");
  private static final int SHOWN_PICTURES = 16;
  private static final int SIDE = 96;

  private static final ObjectMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private final PrintWriter out;

  /**
   * A listener.
   *
   * @param out is told where the inputs are
   */
  public DivergedInputs(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void diverged(DivergedStep step) throws IOException {
    Path folder = step.run().folder().resolve(String.format("diverged-step-%08d", step.step()));
    Files.createDirectories(folder);
    JSON.writeValue(
        folder.resolve("step.json").toFile(),
        ImmutableMap.of("step", step.step(), "scalars", step.scalars(), "metrics", step.metrics()));
    String prefix = step.batch() == 0 ? "" : "batch-" + step.batch() + "-";
    for (int i = 0; i < step.views().size(); i++) {
      Npy.write(folder.resolve(prefix + KINDS.get(i) + ".npy"), step.views().get(i));
    }
    Npy.writePaths(folder.resolve(prefix + KINDS.get(0) + ".npy"), step.pictures());
    ImageIO.write(sheet(step), "png", folder.resolve(prefix + "views.png").toFile());
    if (step.batch() > 0) {
      return;
    }
    out.printf("what went into step %d is in %s%n", step.step(), folder);
    out.flush();
  }

  private static BufferedImage sheet(DivergedStep step) {
    int batch = step.pictures().size();
    int shown = Math.min(SHOWN_PICTURES, batch);
    List<String> titles = new ArrayList<>();
    for (int i = 0; i < step.views().size(); i++) {
      for (int view = 1; view <= step.views().get(i).shape().get(0) / batch; view++) {
        titles.add(KINDS.get(i) + " " + view);
      }
    }
    ContactSheet sheet = new ContactSheet(titles, shown, SIDE);
    for (int row = 0; row < shown; row++) {
      Path picture = step.pictures().get(row);
      sheet.title(row, picture.getFileName().toString(), "picture " + (row + 1) + " of the batch");
      int column = 0;
      for (TFloat32 views : step.views()) {
        for (int view = row; view < views.shape().get(0); view += batch) {
          sheet.place(row, column++, picture(views, view, step.run().config()));
        }
      }
    }
    return sheet.finish();
  }

  /** View {@code index} of [N, s, s, 3], no longer normalised. */
  private static BufferedImage picture(TFloat32 views, int index, TrainConfig config) {
    int size = (int) (views.shape().get(1) * views.shape().get(2) * views.shape().get(3));
    FloatDataBuffer data = views.asRawTensor().data().asFloats();
    float[] pixels = new float[size];
    data.offset((long) index * size).read(pixels);
    float[] mean = config.mean().toArray();
    float[] std = config.std().toArray();
    for (int i = 0; i < size; i++) {
      pixels[i] = pixels[i] * std[i % 3] + mean[i % 3];
    }
    return Drawings.picture(pixels);
  }
}
