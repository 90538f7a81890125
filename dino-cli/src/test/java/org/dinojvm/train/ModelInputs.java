package org.dinojvm.train;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.eval.PictureReader;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/** What a model is given: pixels or encoded pictures. */
final class ModelInputs {

  private ModelInputs() {}

  /** [count, height, width, 3], the same for the same shape. */
  static TFloat32 randomPixels(long count, long height, long width) {
    Random random = new Random(7);
    return TFloat32.tensorOf(
        Shape.of(count, height, width, 3),
        pixels -> pixels.scalars().forEach(value -> value.setFloat(random.nextFloat())));
  }

  /** The files as they are: [n]. */
  static TString encoded(List<Path> files) throws IOException {
    List<byte[]> contents = new ArrayList<>();
    for (Path file : files) {
      contents.add(Files.readAllBytes(file));
    }
    return TString.tensorOfBytes(NdArrays.vectorOfObjects(contents.toArray(byte[][]::new)));
  }

  /** Resized to 36 and cropped to 32 outside of the model: [n, 32, 32, 3]. */
  static TFloat32 evaluationViews(List<Path> files) {
    try (PictureReader view = new PictureReader(new EvalView(36, 32, EvalView.Fit.CROP))) {
      List<float[]> views =
          files.stream()
              .map(PictureFiles::picture)
              .map(view::read)
              .collect(ImmutableList.toImmutableList());
      return TFloat32.tensorOf(
          Shape.of(files.size(), 32, 32, 3),
          tensor -> {
            for (int i = 0; i < views.size(); i++) {
              tensor.get(i).copyFrom(DataBuffers.of(views.get(i), true, false));
            }
          });
    }
  }
}
