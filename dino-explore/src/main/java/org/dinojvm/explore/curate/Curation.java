package org.dinojvm.explore.curate;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Ints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.lucene.util.VectorUtil;
import org.dinojvm.eval.math.UnitRows;
import org.dinojvm.eval.math.Whitening;
import org.dinojvm.explore.curate.CuratedFolder.Section;
import org.dinojvm.explore.curate.Duplicates.Group;
import org.dinojvm.explore.index.PictureVectors;
import org.dinojvm.explore.layout.Groups;
import org.dinojvm.explore.layout.NeighbourGraph;
import org.dinojvm.explore.report.Stages;

/** Puts the pictures of an index in order: lists for {@code --data}, and a page for each. */
public final class Curation {

  /** Neighbours that copies and outliers are told by. */
  private static final int NEIGHBOURS = 20;

  private final PictureVectors all;
  private final Options options;
  private final Stages stages;
  private final NeighbourGraph graph;

  /**
   * What is wanted.
   *
   * @param similar cosine of features from which two pictures are looked at more closely
   * @param duplicates correlation of pixels from which they then are copies; see {@link CopyCheck}
   * @param outliers how many; −1 for those that are unusually far from all others
   * @param clusters how many; 0 for a number by that of pictures
   * @param subset pictures of the diverse subset; 0 for none
   * @param seed of clusters and subset
   */
  public record Options(
      double similar, double duplicates, int outliers, int clusters, int subset, long seed) {

    /** Checks what any index allows. */
    public Options {
      checkArgument(
          similar >= -1 && similar <= 1, "--similar %s must be a cosine, -1 to 1", similar);
      checkArgument(
          duplicates > 0 && duplicates <= 1,
          "--duplicates %s must be above 0 and at most 1",
          duplicates);
      checkArgument(clusters >= 0, "--clusters %s must be at least 0", clusters);
    }
  }

  /** Searches neighbours. */
  public Curation(PictureVectors all, Options options, Stages stages) {
    checkArgument(all.size() >= 2, "the index holds %s pictures: at least 2", all.size());
    this.all = all;
    this.options = options;
    this.stages = stages;
    this.graph = NeighbourGraph.of(all.vectors(), NEIGHBOURS, stages.begin("neighbours"));
  }

  /** Groups of copies: alike to the model, and the same in their pixels. */
  public ImmutableList<Group> duplicates() {
    try (CopyCheck check =
        new CopyCheck(all.pictures(), options.similar, options.duplicates, stages)) {
      return Duplicates.of(all.pictures(), candidates(), check);
    }
  }

  /**
   * Neighbours by features as they are and whitened, in which changed colors weigh less: of 300
   * recolored and cropped copies 76 % are found with them, 67 % without (docs/explore.md).
   */
  private NeighbourGraph candidates() {
    float[][] vectors = all.vectors();
    float[][] whitened = UnitRows.of(Whitening.learn(vectors).apply(vectors));
    return graph.and(
        NeighbourGraph.of(whitened, NEIGHBOURS, stages.begin("neighbours, whitened")),
        (i, j) -> VectorUtil.dotProduct(vectors[i], vectors[j]));
  }

  /** Pictures that are like no other. */
  public int[] outliers() {
    Outliers found = Outliers.of(graph);
    return options.outliers < 0 ? found.unusual() : found.farthest(options.outliers);
  }

  /**
   * Writes all lists and pages.
   *
   * @return numbers for people, by name
   */
  public ImmutableMap<String, Integer> write(CuratedFolder folder) throws IOException {
    ImmutableList<Group> groups = duplicates();
    int[] copies =
        groups.stream().flatMap(g -> g.copies().stream()).mapToInt(i -> i).sorted().toArray();
    int[] outliers = outliers();
    Set<Integer> left = new HashSet<>(Ints.asList(copies));
    left.addAll(Ints.asList(outliers));
    int[] curated = IntStream.range(0, all.size()).filter(i -> !left.contains(i)).toArray();
    folder.list("duplicates.txt", copies);
    folder.list("outliers.txt", outliers);
    folder.list("curated.txt", curated);
    writeDuplicatesPage(folder, groups);
    writeOutliersPage(folder, outliers);
    int clusters = writeClusters(folder);
    ImmutableMap.Builder<String, Integer> numbers = ImmutableMap.builder();
    numbers.put("pictures", all.size()).put("groups", groups.size());
    numbers.put("copies", copies.length).put("outliers", outliers.length);
    numbers.put("curated", curated.length).put("clusters", clusters);
    if (options.subset > 0) {
      writeSubset(folder, curated);
      numbers.put("subset", options.subset);
    }
    return numbers.buildOrThrow();
  }

  private static void writeDuplicatesPage(CuratedFolder folder, List<Group> groups)
      throws IOException {
    List<Section> sections = new ArrayList<>();
    for (Group group : groups) {
      List<String> notes = new ArrayList<>();
      notes.add("to keep");
      group.copies().forEach(copy -> notes.add("copy"));
      sections.add(
          new Section(
              group.pictures().size() + " pictures",
              group.pictures(),
              ImmutableList.copyOf(notes)));
    }
    folder.page("duplicates.html", "Near-duplicates: " + groups.size() + " groups", sections);
  }

  private void writeOutliersPage(CuratedFolder folder, int[] outliers) throws IOException {
    double[] distance = Outliers.of(graph).distance();
    ImmutableList<String> notes =
        IntStream.of(outliers)
            .mapToObj(i -> String.format(Locale.ROOT, "%.3f", distance[i]))
            .collect(ImmutableList.toImmutableList());
    folder.page(
        "outliers.html",
        "Outliers: far from all others",
        List.of(
            new Section(
                "mean of 1 − cosine to neighbours",
                ImmutableList.copyOf(Ints.asList(outliers)),
                notes)));
  }

  private int writeClusters(CuratedFolder folder) throws IOException {
    int count = options.clusters == 0 ? Groups.defaultCount(all.size()) : options.clusters;
    Groups found = Groups.of(all.vectors(), count, options.seed, stages.begin("clusters"));
    List<Section> sections = new ArrayList<>();
    for (int cluster = 0; cluster < count; cluster++) {
      int own = cluster;
      int medoid = found.medoids().get(cluster);
      int[] members =
          IntStream.range(0, all.size())
              .filter(i -> found.assignments()[i] == own)
              .boxed()
              .sorted(
                  Comparator.comparingDouble(
                      i -> -VectorUtil.dotProduct(all.vectors()[i], all.vectors()[medoid])))
              .mapToInt(Integer::intValue)
              .toArray();
      if (members.length > 0) {
        String name = fileName(all.pictures().get(medoid).name());
        folder.list(String.format(Locale.ROOT, "clusters/%02d-%s.txt", cluster + 1, name), members);
        sections.add(
            Section.of(
                String.format(Locale.ROOT, "like %s: %,d pictures", name, members.length),
                Ints.asList(members).subList(0, Math.min(24, members.length))));
      }
    }
    folder.page("clusters.html", "Clusters, by the picture in their middle", sections);
    return sections.size();
  }

  /** The last part of a path without its ending, of characters that any file system takes. */
  private static String fileName(String path) {
    String last = path.substring(path.lastIndexOf('/') + 1);
    int dot = last.lastIndexOf('.');
    return (dot > 0 ? last.substring(0, dot) : last).replaceAll("[^\\p{L}\\p{N}_.-]", "_");
  }

  /** Of what is neither a copy nor an outlier, or the subset would be made of outliers first. */
  private void writeSubset(CuratedFolder folder, int[] curated) throws IOException {
    float[][] vectors =
        IntStream.of(curated).mapToObj(i -> all.vectors()[i]).toArray(float[][]::new);
    int[] chosen = DiverseSubset.of(vectors, options.subset, options.seed, stages.begin("subset"));
    int[] numbers = IntStream.of(chosen).map(i -> curated[i]).toArray();
    folder.list("subset.txt", numbers);
    folder.page(
        "subset.html",
        "A diverse subset of " + numbers.length,
        List.of(Section.of("each is farthest from all before it", Ints.asList(numbers))));
  }

  /**
   * Writes what is most like examples: a picture counts by the example that it is most like.
   *
   * @param examples [E, D], of any length
   * @param count how many
   */
  public void writeLike(CuratedFolder folder, float[][] examples, int count) throws IOException {
    float[][] unit = UnitRows.of(examples);
    double[] best = new double[all.size()];
    for (int i = 0; i < best.length; i++) {
      best[i] = Double.NEGATIVE_INFINITY;
      for (float[] example : unit) {
        best[i] = Math.max(best[i], VectorUtil.dotProduct(all.vectors()[i], example));
      }
    }
    int[] nearest =
        IntStream.range(0, best.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -best[i]))
            .limit(count)
            .mapToInt(Integer::intValue)
            .toArray();
    folder.list("like.txt", nearest);
    folder.page(
        "like.html",
        "Most like the examples",
        List.of(
            new Section(
                "cosine to the nearest example",
                ImmutableList.copyOf(Ints.asList(nearest)),
                IntStream.of(nearest)
                    .mapToObj(i -> String.format(Locale.ROOT, "%.3f", best[i]))
                    .collect(ImmutableList.toImmutableList()))));
  }
}
