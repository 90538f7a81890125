package org.dinojvm.visual;

import static org.dinojvm.settings.Rules.atLeast;

import java.util.List;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationEntry;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.Findings;
import org.dinojvm.serve.ModelInfo;
import org.dinojvm.settings.Setting;

/** Where a Vision Transformer looks, drawn for the same few pictures each time. */
public record AttentionMaps(
    @Setting(
            value = "4",
            unit = "pictures",
            doc = "How many are drawn, spread evenly over the folder.",
            source = "dino-jvm")
        int count)
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
      return "Attention maps of some pictures, for models with attention";
    }

    @Override
    public Class<AttentionMaps> evaluation() {
      return AttentionMaps.class;
    }
  }

  /** Checks the value. */
  public AttentionMaps {
    atLeast("count", count, 1);
  }

  @Override
  public boolean appliesTo(ModelInfo model, EvaluationData data) {
    return data.drawing() && model.numHeads() > 0;
  }

  @Override
  public Findings evaluate(EvaluationInputs in) {
    ImageFolder folder = in.data().pictures();
    List<CaptionedPicture> shown =
        folder.spread(count).stream().map(picture -> CaptionedPicture.of(folder, picture)).toList();
    int side = AttentionGallery.defaultImageSize(in.model().info());
    return Findings.ofPicture(
        NAME, new AttentionGallery(in.model(), side).draw(shown, in.progress()));
  }
}
