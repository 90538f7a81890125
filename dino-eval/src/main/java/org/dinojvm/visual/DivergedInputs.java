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
import org.dinojvm.eval.Npy;
import org.dinojvm.train.run.DivergedStep;
import org.dinojvm.train.run.TrainingListener;

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
        ImmutableMap.of(
            "step", step.step(),
            "schedules", step.scalars().schedules(),
            "frozen", step.scalars().frozen(),
            "metrics", step.metrics().values()));
    String prefix = step.batch() == 0 ? "" : "batch-" + step.batch() + "-";
    for (int i = 0; i < step.views().size(); i++) {
      Npy.write(folder.resolve(prefix + KINDS.get(i) + ".npy"), step.views().get(i));
    }
    Npy.writePaths(folder.resolve(prefix + KINDS.get(0) + ".npy"), step.pictures());
    Png.write(sheet(step), folder.resolve(prefix + "views.png"));
    if (step.batch() > 0) {
      return;
    }
    out.printf("what went into step %d is in %s%n", step.step(), folder);
    out.flush();
  }

  private static BufferedImage sheet(DivergedStep step) {
    int batch = step.pictures().size();
    List<ViewSheet.Caption> captions = new ArrayList<>();
    for (int i = 0; i < Math.min(SHOWN_PICTURES, batch); i++) {
      String name = step.pictures().get(i).getFileName().toString();
      captions.add(new ViewSheet.Caption(name, "picture " + (i + 1) + " of the batch"));
    }
    return ViewSheet.draw(captions, batch, step.views(), step.run().config().normalization());
  }
}
