import java.awt.image.BufferedImage;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.dinojvm.data.source.ClipArt;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.serve.SavedModelExporter;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.Trainer;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * Trains and exports a small teacher and writes what it makes of some pictures. A program in one source file, run by a
 * JVM with this project's class path: {@code java -cp … ExportTeacher.java FOLDER}.
 *
 * <pre>
 * FOLDER/model/1         the export
 * FOLDER/encoded/*       pictures, one of each format
 * FOLDER/encoded.bin     their features
 * FOLDER/images.bin      random pixels [3, 40, 56, 3], their features and their attention maps
 * </pre>
 *
 * <p>A {@code .bin} holds big-endian floats.
 */
final class ExportTeacher {

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    Path pictures = Files.createDirectories(folder.resolve("pictures"));
    ClipArt.extractTo(folder.resolve("clipart"));
    for (Path file : list(folder.resolve("clipart/train/bird")).subList(0, 8)) {
      Files.copy(file, pictures.resolve(file.getFileName()));
    }
    Path version = SavedModelExporter.export(train(folder, pictures), folder.resolve("model"));
    try (FeatureModel model = FeatureModels.open(version)) {
      writeEncoded(model, folder, pictures);
      writeImages(model, folder);
    }
  }

  private static Path train(Path folder, Path pictures) throws IOException {
    TrainConfig config =
        TrainConfig.defaults()
            .with(Map.of("arch", "vit_tiny", "embed_dim", 32, "depth", 2, "num_heads", 2))
            .with(Map.of("patch_size", 8, "global_crops_size", 32, "local_crops_size", 16))
            .with(Map.of("local_crops_number", 2, "eval_crop_size", 32, "eval_resize_size", 36))
            .with(Map.of("out_dim", 64, "head_hidden_dim", 48, "head_bottleneck_dim", 16))
            .with(Map.of("batch_size_per_gpu", 8, "epochs", 1, "warmup_epochs", 0, "lr", 0.01))
            .with(Map.of("data_path", pictures.toString()))
            .with(Map.of("output_dir", folder.resolve("run").toString()));
    return new Trainer(config, List.of()).run();
  }

  private static void writeEncoded(FeatureModel model, Path folder, Path pictures)
      throws IOException {
    Path encoded = Files.createDirectories(folder.resolve("encoded"));
    List<Path> files = list(pictures);
    for (String format : List.of("jpg", "png", "gif", "bmp")) {
      BufferedImage picture = ImageIO.read(files.get(format.charAt(0) % files.size()).toFile());
      ImageIO.write(picture, format, encoded.resolve("picture." + format).toFile());
    }
    byte[][] contents = new byte[4][];
    for (int i = 0; i < contents.length; i++) {
      contents[i] = Files.readAllBytes(list(encoded).get(i));
    }
    try (TString input = TString.tensorOfBytes(NdArrays.vectorOfObjects(contents));
        TFloat32 features = model.features(input)) {
      write(folder.resolve("encoded.bin"), features);
    }
  }

  private static void writeImages(FeatureModel model, Path folder) throws IOException {
    Random random = new Random(7);
    float[] pixels = new float[3 * 40 * 56 * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
    }
    try (TFloat32 images = TFloat32.tensorOf(Shape.of(3, 40, 56, 3), DataBuffers.of(pixels));
        TFloat32 features = model.features(images);
        TFloat32 attention = model.attention(images)) {
      write(folder.resolve("images.bin"), images, features, attention);
    }
  }

  private static void write(Path file, TFloat32... tensors) throws IOException {
    try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
      for (TFloat32 tensor : tensors) {
        float[] values = new float[(int) tensor.size()];
        tensor.asRawTensor().data().asFloats().read(values);
        for (float value : values) {
          out.writeFloat(value);
        }
      }
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }
}
