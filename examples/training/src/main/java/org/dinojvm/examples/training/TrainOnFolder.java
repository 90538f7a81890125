package org.dinojvm.examples.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.dinojvm.serve.SavedModelExporter;
import org.dinojvm.train.Trainer;
import org.dinojvm.train.config.TrainConfig;

/**
 * Trains on a folder of pictures and exports the teacher: {@code TrainOnFolder RECIPE PICTURES
 * OUTPUT}.
 */
public final class TrainOnFolder {

  private TrainOnFolder() {}

  /** Trains by a recipe in YAML, some of its settings changed, and prints where the export is. */
  public static void main(String[] arguments) throws IOException {
    TrainConfig config =
        TrainConfig.read(Path.of(arguments[0]))
            .with(Map.of("epochs", 2, "warmup_epochs", 1, "local_crops_number", 2))
            .with(Map.of("data_path", arguments[1], "output_dir", arguments[2] + "/run"));
    Path checkpoint = new Trainer(config, List.of()).run();
    System.out.println(SavedModelExporter.export(checkpoint, Path.of(arguments[2], "model")));
  }
}
