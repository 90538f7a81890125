package org.dinojvm.explore.report;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.eval.FeatureExtractor;
import org.dinojvm.eval.math.UnitRows;
import org.dinojvm.explore.layout.Groups;
import org.dinojvm.explore.layout.HilbertCurve;
import org.dinojvm.explore.layout.MapLayout;
import org.dinojvm.explore.layout.NeighbourGraph;
import org.dinojvm.serve.FeatureModel;

/**
 * Pictures along the map, so that neighbours on it are in the same sprite.
 *
 * @param pictures N
 * @param json what the page needs of them
 */
record PictureMap(ImmutableList<Picture> pictures, ImmutableMap<String, Object> json) {

  private static final int NO_CLASS = 65535;

  static PictureMap of(
      FeatureModel model, ImageFolder folder, Report.Options options, Stages stages) {
    List<Picture> all = folder.pictures();
    float[][] vectors =
        UnitRows.of(new FeatureExtractor(model, stages.begin("features")).extract(all));
    NeighbourGraph graph =
        NeighbourGraph.of(
            vectors,
            Math.max(MapLayout.NEIGHBOURS, options.neighbours()),
            stages.begin("neighbours"));
    float[][] places = MapLayout.of(vectors, graph, options.seed(), stages.begin("map"));
    Groups groups =
        Groups.of(
            vectors, Groups.defaultCount(all.size()), options.seed(), stages.begin("clusters"));
    int[] order = HilbertCurve.order(places);
    return new PictureMap(
        Arrays.stream(order).mapToObj(all::get).collect(ImmutableList.toImmutableList()),
        json(folder, groups, graph, places, order, options.neighbours()));
  }

  private static ImmutableMap<String, Object> json(
      ImageFolder folder,
      Groups groups,
      NeighbourGraph graph,
      float[][] places,
      int[] order,
      int neighbours) {
    List<Picture> all = folder.pictures();
    int[] number = new int[order.length];
    IntStream.range(0, order.length).forEach(i -> number[order[i]] = i);
    int width = Math.min(neighbours, all.size() - 1);
    ImmutableMap.Builder<String, Object> json = ImmutableMap.builder();
    json.put("count", all.size());
    json.put("names", Arrays.stream(order).mapToObj(i -> name(folder, all.get(i))).toList());
    json.put("places", Packed.floats(ordered(places, order), 2));
    json.put("classes", folder.classes());
    json.put("labels", Packed.shorts(Arrays.stream(order).map(i -> label(all.get(i))).toArray()));
    json.put(
        "clusters",
        Packed.shorts(Arrays.stream(order).map(i -> groups.assignments()[i]).toArray()));
    json.put("medoids", groups.medoids().stream().map(i -> number[i]).toList());
    int[][] found = new int[order.length][];
    for (int i = 0; i < order.length; i++) {
      found[i] = Arrays.stream(graph.indices()[order[i]]).map(j -> number[j]).toArray();
    }
    json.put("neighbours", Packed.integers(found, width));
    json.put("similarities", Packed.floats(ordered(graph.similarities(), order), width));
    json.put("neighbourCount", width);
    return json.buildOrThrow();
  }

  private static int label(Picture picture) {
    return picture.label() == ImageFolder.UNLABELLED ? NO_CLASS : picture.label();
  }

  private static String name(ImageFolder folder, Picture picture) {
    return folder.root().toAbsolutePath().relativize(picture.name().toAbsolutePath()).toString();
  }

  private static float[][] ordered(float[][] rows, int[] order) {
    return Arrays.stream(order).mapToObj(i -> rows[i]).toArray(float[][]::new);
  }

  /** Numbers of pictures, evenly along the map. */
  int[] spread(int most) {
    int count = Math.min(most, pictures.size());
    return IntStream.range(0, count).map(i -> (int) ((long) pictures.size() * i / count)).toArray();
  }
}
