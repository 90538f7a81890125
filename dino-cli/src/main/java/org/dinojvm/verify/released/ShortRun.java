package org.dinojvm.verify.released;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.train.InitialSettings;
import org.dinojvm.train.Trainer;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.run.TrainingListener;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.Noise;

/**
 * Some steps of training that start from a file, on pictures of noise.
 *
 * @param init the file
 * @param folder for pictures and run, new
 */
record ShortRun(Path init, Path folder) {

  private static final int BATCH = 2;
  private static final int SIDE = 256;

  /** Trains; the losses must be finite and the steps as many as asked for. */
  void train(int steps, Comparisons comparisons) throws IOException {
    Path pictures = folder.resolve("pictures");
    Files.createDirectories(pictures);
    for (int i = 0; i < BATCH * steps; i++) {
      writePicture(pictures.resolve(i + ".png"), new Noise(6, i));
    }
    Map<SettingKey, Object> given =
        TrainConfig.given(
            Optional.empty(),
            ImmutableMap.<String, String>builder()
                .put("init", init.toString())
                .put("data_path", pictures.toString())
                .put("output_dir", folder.resolve("run").toString())
                .put("batch_size_per_gpu", Integer.toString(BATCH))
                .put("epochs", "1")
                .put("warmup_epochs", "0")
                .put("local_crops_number", "2")
                .put("log_every_steps", "1")
                .buildOrThrow());
    List<StepRecord> done = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void stepped(StepRecord record) {
            done.add(record);
          }
        };
    new Trainer(TrainConfig.of(InitialSettings.of(given).values(), given), List.of(listener)).run();
    checkArgument(done.size() == steps, "%s steps of training instead of %s", done.size(), steps);
    for (StepRecord record : done) {
      double error = Double.isFinite(record.loss()) && record.gradientNorm() > 0 ? 0 : Double.NaN;
      comparisons.add(
          "%d steps of training".formatted(steps), "loss %.3f".formatted(record.loss()), error, 0);
    }
  }

  private static void writePicture(Path file, Noise noise) throws IOException {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < SIDE * SIDE; i++) {
      image.setRGB(i % SIDE, i / SIDE, (int) (noise.at(i) * (1 << 23)) & 0xffffff);
    }
    ImageIO.write(image, "png", file.toFile());
  }
}
