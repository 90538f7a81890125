package org.dinojvm.eval.copies;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.fraction;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Formatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationEntry;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.Findings;
import org.dinojvm.eval.math.Whitening;
import org.dinojvm.eval.pixels.PictureLoader;
import org.dinojvm.eval.pixels.PillowResize;
import org.dinojvm.eval.pixels.RgbPicture;
import org.dinojvm.serve.ModelInfo;
import org.dinojvm.settings.Setting;
import org.dinojvm.visual.CopyGallery;
import org.tensorflow.exceptions.TFInvalidArgumentException;

/**
 * How well a copy finds the picture that it was made of: on Copydays as published ({@code
 * eval_copy_detection.py}), or on any folder, with copies that are made here.
 */
public record Copies(
    @Setting(
            value = "",
            unit = "folder",
            doc =
                "Copydays: the folder that holds original/, strong/ and others. Without it copies are made of the pictures of --train.",
            source = "INRIA Copydays")
        String copydays,
    @Setting(
            value = "",
            unit = "folder",
            doc = "Copydays: other pictures to search among, such as 10,000 of YFCC.",
            source = "eval_copy_detection.py")
        String distractors,
    @Setting(
            value = "",
            unit = "folder",
            doc = "Copydays: pictures that whitening is learned on; without them there is none.",
            source = "eval_copy_detection.py")
        String whitening,
    @Setting(
            value = "0",
            unit = "pixels",
            doc =
                "Side of the square that pictures are seen as; 0 for the published 320 with Copydays and for the model's own size else.",
            source = "eval_copy_detection.py")
        int imsize,
    @Setting(
            value = "200",
            unit = "pictures",
            doc = "Pictures of --train that copies are made of, spread over all.",
            source = "dino-jvm")
        int count,
    @Setting(
            value = "0.5",
            doc =
                "Power of the eigenvalues that whitening divides principal components by: 0.5 makes all alike.",
            source = "whitening in eval_copy_detection.py")
        double whiteningPower,
    @Setting(value = "0", doc = "Seed of the copies that are made here.", source = "dino-jvm")
        int copySeed)
    implements Evaluation {

  private static final int PUBLISHED_SIZE = 320;

  /** Side that pictures have at least while copies are made of them, whatever the model sees. */
  private static final int COPIED_SIZE = 224;

  /** Pictures whose copies are drawn. */
  private static final int DRAWN = 4;

  private static final String WHITENED = "_whitened";

  /** {@code dino evaluate copies}. */
  public static final class Entry implements EvaluationEntry {
    @Override
    public String name() {
      return "copies";
    }

    @Override
    public String description() {
      return "Originals found by copies of them, in Copydays or with copies made of any pictures";
    }

    @Override
    public Class<Copies> evaluation() {
      return Copies.class;
    }

    @Override
    public boolean bringsPictures() {
      return true;
    }

    @Override
    public boolean takesFeatureOptions() {
      return false;
    }
  }

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public Copies {
    atLeast("imsize", imsize, 0);
    atLeast("count", count, 1);
    fraction("whitening_power", whiteningPower);
  }

  @Override
  public boolean appliesTo(ModelInfo model, EvaluationData data) {
    return !copydays.isEmpty() || !data.pictures().pictures().isEmpty();
  }

  @Override
  public Findings evaluate(EvaluationInputs in) {
    try (PictureLoader loader = new PictureLoader()) {
      return copydays.isEmpty() ? ofFolder(loader, in) : ofCopydays(loader, in);
    }
  }

  // ------------------------------------------------------------------ Copydays

  private Findings ofCopydays(PictureLoader loader, EvaluationInputs in) {
    Copydays data = Copydays.open(Path.of(copydays));
    ImmutableList<Path> others = optional(distractors);
    ImmutableList<Path> learned = optional(whitening);
    ImmutableList<Path> database =
        ImmutableList.<Path>builder().addAll(data.originals()).addAll(others).build();
    int copies = data.blocks().stream().mapToInt(block -> block.copies().size()).sum();
    CopyDescriber describer = new CopyDescriber(in.model(), imsize == 0 ? PUBLISHED_SIZE : imsize);
    Described described =
        new Described(loader, describer, in, database.size() + learned.size() + copies);
    float[][] index = described.of(database);
    Map<String, CopyScores> scores = new LinkedHashMap<>();
    List<float[][]> queries =
        data.blocks().stream().map(block -> described.of(block.copies())).toList();
    Optional<Whitening> learnedWhitening =
        learned.isEmpty()
            ? Optional.empty()
            : Optional.of(Whitening.uncentered(described.of(learned), whiteningPower));
    for (boolean whiten : learned.isEmpty() ? List.of(false) : List.of(false, true)) {
      try (CopyIndex search = new CopyIndex(index, whiten ? learnedWhitening : Optional.empty())) {
        for (int i = 0; i < queries.size(); i++) {
          Copydays.Block block = data.blocks().get(i);
          scores.put(
              block.name().replace('/', '_') + (whiten ? WHITENED : ""),
              search.score(queries.get(i), block.originals()));
        }
      }
    }
    return findings(scores, "Copydays among %,d pictures".formatted(database.size()));
  }

  private static ImmutableList<Path> optional(String folder) {
    return folder.isEmpty() ? ImmutableList.of() : Copydays.pictures(Path.of(folder));
  }

  /** Features of files, with progress over all lists. */
  private static final class Described {
    private final PictureLoader loader;
    private final CopyDescriber describer;
    private final EvaluationInputs in;
    private final int total;
    private int done;

    Described(PictureLoader loader, CopyDescriber describer, EvaluationInputs in, int total) {
      this.loader = loader;
      this.describer = describer;
      this.in = in;
      this.total = total;
    }

    float[][] of(Collection<Path> files) {
      List<float[]> rows = new ArrayList<>();
      for (Path file : files) {
        rows.add(describer.describe(loader.load(file)));
        in.progress().report(++done, total);
      }
      return rows.toArray(float[][]::new);
    }
  }

  // ---------------------------------------------------------------- any folder

  private Findings ofFolder(PictureLoader loader, EvaluationInputs in) {
    ImageFolder folder = in.data().requirePictures();
    int side = imsize == 0 ? in.model().info().imageSize() : imsize;
    CopyDescriber describer = new CopyDescriber(in.model(), side);
    ImmutableList<Picture> pictures = folder.pictures();
    ImmutableList<Picture> copied = folder.spread(count);
    checkArgument(
        pictures.size() >= 2, "%s has one picture: copies are searched among 2", folder.root());
    int total = pictures.size() + copied.size() * Attack.values().length;
    float[][] index = new float[pictures.size()][];
    Map<Picture, Integer> numbers = new LinkedHashMap<>();
    for (int i = 0; i < index.length; i++) {
      index[i] = describer.describe(load(loader, pictures.get(i)));
      numbers.put(pictures.get(i), i);
      in.progress().report(i + 1, total);
    }
    Map<Attack, float[][]> queries = new LinkedHashMap<>();
    for (Attack attack : Attack.values()) {
      queries.put(attack, new float[copied.size()][]);
    }
    List<ImmutableIntArray> originals = new ArrayList<>();
    List<List<BufferedImage>> drawn = new ArrayList<>();
    int done = index.length;
    for (int i = 0; i < copied.size(); i++) {
      int number = numbers.get(copied.get(i));
      originals.add(ImmutableIntArray.of(number));
      RgbPicture picture = square(load(loader, copied.get(i)), Math.max(side, COPIED_SIZE));
      RgbPicture other =
          square(
              load(loader, pictures.get((number + pictures.size() / 2) % pictures.size())),
              Math.max(side, COPIED_SIZE));
      List<BufferedImage> row = new ArrayList<>(List.of(picture.image()));
      for (Attack attack : Attack.values()) {
        RgbPicture copy = attack.copy(picture, other, copySeed, number);
        queries.get(attack)[i] = describer.describe(copy);
        row.add(copy.image());
        in.progress().report(++done, total);
      }
      if (in.data().drawing() && i < DRAWN) {
        drawn.add(row);
      }
    }
    Findings found = ofFolder(index, queries, originals);
    return drawn.isEmpty()
        ? found
        : new Findings(
            found.numbers(),
            ImmutableMap.of("copies", CopyGallery.draw(drawn, names())),
            found.line(),
            found.table());
  }

  private static ImmutableList<String> names() {
    ImmutableList.Builder<String> names = ImmutableList.builder();
    names.add("original");
    for (Attack attack : Attack.values()) {
      names.add(attack.key().replace('_', ' '));
    }
    return names.build();
  }

  private Findings ofFolder(
      float[][] index, Map<Attack, float[][]> queries, List<ImmutableIntArray> originals) {
    Map<String, CopyScores> scores = new LinkedHashMap<>();
    for (boolean whiten : List.of(false, true)) {
      Optional<Whitening> learned =
          whiten ? Optional.of(Whitening.uncentered(index, whiteningPower)) : Optional.empty();
      try (CopyIndex search = new CopyIndex(index, learned)) {
        queries.forEach(
            (attack, rows) ->
                scores.put(attack.key() + (whiten ? WHITENED : ""), search.score(rows, originals)));
      }
    }
    return findings(
        scores, "%,d pictures copied, among %,d".formatted(originals.size(), index.length));
  }

  private static RgbPicture square(RgbPicture picture, int side) {
    return PillowResize.BICUBIC.resize(picture, side, side);
  }

  private static RgbPicture load(PictureLoader loader, Picture picture) {
    try {
      return loader.decode(picture.read());
    } catch (IOException | TFInvalidArgumentException e) {
      throw new IllegalArgumentException(
          "cannot read the picture %s: repair it, or move it out of the folder"
              .formatted(picture.name()),
          e);
    }
  }

  // -------------------------------------------------------------------- report

  private static Findings findings(Map<String, CopyScores> scores, String title) {
    ImmutableMap.Builder<String, Double> numbers = ImmutableMap.builder();
    Formatter table = new Formatter(Locale.ROOT);
    table.format("%s, %%%n%n%-24s %8s %9s%n", title, "copies", "mAP", "recall@1");
    double sum = 0;
    int plain = 0;
    for (Map.Entry<String, CopyScores> entry : scores.entrySet()) {
      CopyScores score = entry.getValue();
      numbers.put("map_" + entry.getKey(), score.meanAveragePrecision());
      numbers.put("recall1_" + entry.getKey(), score.firsts());
      table.format(
          "%-24s %8.1f %9.1f%n",
          entry.getKey().replace('_', ' '),
          100 * score.meanAveragePrecision(),
          100 * score.firsts());
      if (!entry.getKey().endsWith(WHITENED)) {
        sum += score.meanAveragePrecision();
        plain++;
      }
    }
    numbers.put("map", sum / plain);
    String line = String.format(Locale.ROOT, "copies mAP %.1f %%", 100 * sum / plain);
    return Findings.ofNumbers(numbers.buildOrThrow()).inWords(line, table.toString());
  }
}
