package org.dinojvm.eval.attention;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.attention.MaskedPictures.Item;
import org.dinojvm.eval.pixels.IndexedPng;
import org.dinojvm.eval.pixels.LabelMap;
import org.dinojvm.eval.pixels.PictureLoader;
import org.dinojvm.eval.pixels.RgbPicture;
import org.dinojvm.serve.FeatureModel;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/**
 * How well masks of a model's attention agree with the objects of annotations, beside masks that
 * look nowhere in particular and at the center.
 */
public final class ObjectsFound {

  private final FeatureModel model;
  private final double share;
  private final List<double[][]> heads = new ArrayList<>();
  private final List<double[][]> mean = new ArrayList<>();
  private final List<double[][]> random = new ArrayList<>();
  private final List<double[][]> center = new ArrayList<>();
  private final List<Example> examples = new ArrayList<>();
  private final int shown;

  /** A picture, its annotation, the mask of the mean attention and that of the best head. */
  public record Example(
      String name, RgbPicture picture, BufferedImage truth, PatchMask mean, PatchMask best) {}

  /**
   * Looks at pictures with a model, which stays the caller's to close.
   *
   * @param share of the attention that a mask holds
   * @param shown how many examples to keep
   */
  public ObjectsFound(FeatureModel model, double share, int shown) {
    this.model = model;
    this.share = share;
    this.shown = shown;
    checkArgument(
        model.info().numHeads() > 0,
        "%s has no attention: only Vision Transformers and XCiTs have",
        model.info().arch());
  }

  /** Scores all pictures, each at its own size cut to whole patches. */
  public void look(MaskedPictures pictures, Progress progress) {
    int count = pictures.items().size();
    try (PictureLoader loader = new PictureLoader()) {
      for (int i = 0; i < count; i++) {
        look(pictures.items().get(i), i, loader);
        progress.report(i + 1, count);
      }
    }
  }

  private void look(Item item, int number, PictureLoader loader) {
    RgbPicture whole = loader.load(item.picture());
    IndexedPng annotation = IndexedPng.read(item.mask());
    LabelMap truth = annotation.map();
    checkArgument(
        truth.height() == whole.height() && truth.width() == whole.width(),
        "the mask %s is %s × %s, its picture %s × %s: expected one size",
        item.mask(),
        truth.height(),
        truth.width(),
        whole.height(),
        whole.width());
    int patch = model.info().patchSize();
    int height = whole.height() / patch;
    int width = whole.width() / patch;
    checkArgument(height > 0 && width > 0, "%s is less than a patch", item.picture());
    RgbPicture picture = whole.crop(0, 0, height * patch, width * patch);
    ImmutableSortedSet<Integer> objects =
        PatchMask.objects(truth, picture.height(), picture.width());
    float[][] maps = attention(picture);
    double[][] byHead = scored(maps, width, truth, objects);
    float[][] meanMap = {mean(maps)};
    heads.add(byHead);
    mean.add(scored(meanMap, width, truth, objects));
    random.add(scored(noise(maps.length, height * width, number), width, truth, objects));
    center.add(scored(new float[][] {hill(height, width)}, width, truth, objects));
    if (examples.size() < shown && !objects.isEmpty()) {
      examples.add(
          new Example(
              item.picture().getFileName().toString(),
              picture,
              new IndexedPng(truth.crop(picture.height(), picture.width()), annotation.palette())
                  .image(),
              mask(meanMap[0], width),
              mask(maps[best(byHead)], width)));
    }
  }

  /** A map for each head: [heads][h · w]. */
  private float[][] attention(RgbPicture picture) {
    try (TFloat32 image = picture.tensor();
        TFloat32 attention = model.attention(image)) { // [1, heads, h, w]
      Shape shape = attention.shape();
      float[][] maps = new float[(int) shape.get(1)][(int) (shape.get(2) * shape.get(3))];
      for (int head = 0; head < maps.length; head++) {
        attention
            .asRawTensor()
            .data()
            .asFloats()
            .offset((long) head * maps[head].length)
            .read(maps[head]);
      }
      return maps;
    }
  }

  private PatchMask mask(float[] map, int columns) {
    return new PatchMask(AttentionMask.of(map, share), columns, model.info().patchSize());
  }

  /** [object][map]. */
  private double[][] scored(
      float[][] maps, int columns, LabelMap truth, ImmutableSortedSet<Integer> objects) {
    List<PatchMask> masks = Arrays.stream(maps).map(map -> mask(map, columns)).toList();
    return objects.stream()
        .map(label -> masks.stream().mapToDouble(one -> one.jaccard(truth, label)).toArray())
        .toArray(double[][]::new);
  }

  /** The head with the best sum over objects. */
  private static int best(double[][] byHead) {
    int best = 0;
    double most = -1;
    for (int head = 0; byHead.length > 0 && head < byHead[0].length; head++) {
      int one = head;
      double sum = Arrays.stream(byHead).mapToDouble(object -> object[one]).sum();
      if (sum > most) {
        most = sum;
        best = head;
      }
    }
    return best;
  }

  private static float[] mean(float[][] maps) {
    float[] mean = new float[maps[0].length];
    for (float[] map : maps) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += map[i] / maps.length;
      }
    }
    return mean;
  }

  /** As many maps as there are heads, since the best of them is taken. */
  private static float[][] noise(int count, int patches, int number) {
    SplittableRandom random = new SplittableRandom(number);
    float[][] maps = new float[count][patches];
    for (float[] map : maps) {
      for (int i = 0; i < patches; i++) {
        map[i] = (float) random.nextDouble();
      }
    }
    return maps;
  }

  /** A bell around the center, a quarter of each side wide. */
  private static float[] hill(int height, int width) {
    float[] map = new float[height * width];
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        double y = ((row + 0.5) / height - 0.5) / 0.25;
        double x = ((column + 0.5) / width - 0.5) / 0.25;
        map[row * width + column] = (float) Math.exp(-(x * x + y * y) / 2);
      }
    }
    return map;
  }

  /** The Jaccard indices, the published one first. */
  public ImmutableMap<String, Double> numbers() {
    MaskScores scores = new MaskScores(heads);
    return ImmutableMap.<String, Double>builder()
        .put("jaccard_best_head_per_object", scores.bestHeadPerObject())
        .put("jaccard_best_head_per_image", scores.bestHeadPerImage())
        .put("jaccard_best_fixed_head", scores.bestFixedHead())
        .put("jaccard_average_of_heads", scores.averageOfHeads())
        .put("jaccard_mean_of_heads", new MaskScores(mean).bestHeadPerObject())
        .put("jaccard_random", new MaskScores(random).bestHeadPerObject())
        .put("jaccard_center", new MaskScores(center).bestHeadPerObject())
        .buildOrThrow();
  }

  /** The first pictures with objects. */
  public List<Example> examples() {
    return examples;
  }
}
