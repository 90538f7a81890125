package org.dinojvm.visual;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableMap;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationEntry;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.Findings;
import org.dinojvm.eval.attention.MaskedPictures;
import org.dinojvm.eval.attention.ObjectsFound;
import org.dinojvm.serve.ModelInfo;
import org.dinojvm.settings.Setting;

/**
 * Where a Vision Transformer looks, drawn for the same few pictures each time; and with masks of
 * objects, how well its attention finds them.
 */
public record AttentionMaps(
    @Setting(
            value = "4",
            unit = "pictures",
            doc = "How many are drawn, spread evenly over the folder.",
            source = "dino-jvm")
        int count,
    @Setting(
            value = "",
            unit = "folder",
            doc =
                "Masks of objects, to score those of the attention by: PNGs named like the pictures of --train, or VOC's folder, which holds JPEGImages.",
            source = "arXiv:2104.14294, figure 4")
        String masks,
    @Setting(
            value = "SegmentationObject",
            doc = "VOC: the folder of masks; SegmentationClass joins the objects of a class.",
            source = "VOC2012")
        String vocMasks,
    @Setting(
            value = "0.6",
            doc = "Share of the attention that a mask holds.",
            source = "arXiv:2104.14294, figure 4")
        double share)
    implements Evaluation {

  private static final String NAME = "attention";

  /** {@code dino evaluate attention}. */
  public static final class Entry implements EvaluationEntry {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public String description() {
      return "Where attention lies, and how well it finds objects, for models with attention";
    }

    @Override
    public Class<AttentionMaps> evaluation() {
      return AttentionMaps.class;
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

  /** Checks the value. */
  public AttentionMaps {
    atLeast("count", count, 1);
    require(share > 0 && share <= 1, "share", share, "must be above 0 and at most 1");
  }

  @Override
  public boolean appliesTo(ModelInfo model, EvaluationData data) {
    return (data.drawing() || !masks.isEmpty()) && model.numHeads() > 0;
  }

  @Override
  public Findings evaluate(EvaluationInputs in) {
    Findings drawn =
        in.data().pictures().pictures().isEmpty()
            ? Findings.ofNumbers(ImmutableMap.of())
            : drawn(in.data().pictures(), in);
    return masks.isEmpty() ? requireDrawn(drawn) : scored(drawn, in);
  }

  private Findings drawn(ImageFolder folder, EvaluationInputs in) {
    List<CaptionedPicture> shown =
        folder.spread(count).stream().map(picture -> CaptionedPicture.of(folder, picture)).toList();
    int side = AttentionGallery.defaultImageSize(in.model().info());
    return Findings.ofPicture(
        NAME, new AttentionGallery(in.model(), side).draw(shown, in.progress()));
  }

  private static Findings requireDrawn(Findings drawn) {
    checkArgument(
        !drawn.pictures().isEmpty(),
        "no pictures to look at: say where, --train DIR or --masks DIR");
    return drawn;
  }

  private Findings scored(Findings drawn, EvaluationInputs in) {
    Path folder = Path.of(masks);
    MaskedPictures pictures =
        MaskedPictures.isVoc(folder)
            ? MaskedPictures.voc(folder, vocMasks)
            : MaskedPictures.beside(in.data().requirePictures(), folder);
    ObjectsFound found = new ObjectsFound(in.model(), share, count);
    found.look(pictures, in.progress());
    ImmutableMap<String, Double> numbers = found.numbers();
    ImmutableMap.Builder<String, BufferedImage> pages = ImmutableMap.builder();
    pages.putAll(drawn.pictures()).put("attention_masks", MaskGallery.draw(found.examples()));
    Formatter table = new Formatter(Locale.ROOT);
    table.format(
        "Jaccard of masks that hold %.0f %% of the attention, %,d pictures, %%%n%n",
        100 * share, pictures.items().size());
    numbers.forEach(
        (name, value) ->
            table.format(
                "%-24s %6.1f%n", name.replace("jaccard_", "").replace('_', ' '), 100 * value));
    String line =
        String.format(
            Locale.ROOT,
            "attention Jaccard %.1f %%",
            100 * numbers.getOrDefault("jaccard_best_head_per_object", Double.NaN));
    return new Findings(numbers, pages.buildOrThrow(), line, table.toString());
  }
}
