package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.fraction;
import static org.dinojvm.settings.Rules.multipleOf;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.model.head.MaeDecoder;
import org.dinojvm.model.loss.Cosines;
import org.dinojvm.model.loss.MaeLoss;
import org.dinojvm.model.mask.RandomRemoval;
import org.dinojvm.settings.Setting;
import org.dinojvm.train.health.HealthCheck;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.schedule.RunLength;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Masked autoencoders (He et al. 2022, arXiv:2111.06377; published {@code models_mae.py}, {@code
 * main_pretrain.py}): most patches of a picture are removed, the encoder sees the others alone, and
 * a small decoder tells the pixels of those removed. There is one view and no teacher; the encoder
 * is the network that is evaluated.
 *
 * <p>Letters in shapes: B pictures, N patches of p × p pixels, K that the encoder sees.
 */
public record Mae(
    @Setting(
            value = "0.75",
            unit = "share of the patches",
            doc = "How many patches are removed: the encoder does not see them.",
            source = "main_pretrain.py, --mask_ratio")
        double removedShare,
    @Setting(
            value = "true",
            doc = "Whether the pixels to be told are normalized within each patch.",
            source = "PRETRAIN.md, --norm_pix_loss")
        boolean normPixLoss,
    @Setting(
            value = "512",
            unit = "features",
            doc = "Width of the decoder.",
            source = "models_mae.py, decoder_embed_dim")
        int decoderEmbedDim,
    @Setting(
            value = "8",
            unit = "blocks",
            doc = "Depth of the decoder.",
            source = "models_mae.py, decoder_depth")
        int decoderDepth,
    @Setting(
            value = "16",
            unit = "heads",
            doc = "Heads of the decoder's attention.",
            source = "models_mae.py, decoder_num_heads")
        int decoderNumHeads)
    implements Objective {

  /** Name of the share of the removed pixels' variance that is told. */
  public static final String EXPLAINED = "explained";

  private static final String DECODER = "decoder";

  /** {@code --method mae}. */
  public static final class Entry implements Method {
    @Override
    public String name() {
      return "mae";
    }

    @Override
    public Class<Mae> objective() {
      return Mae.class;
    }

    /** Published for 400 epochs with 40 of warm-up; crops and mirroring are all augmentation. */
    @Override
    public Map<String, String> defaults() {
      return ImmutableMap.<String, String>builder()
          .put("global_crops_number", "1")
          .put("local_crops_number", "0")
          .put("global_crops_scale", "0.2 1.0")
          .put("jitter_probability", "0")
          .put("grayscale_probability", "0")
          .put("blur_probability_global1", "0")
          .put("epochs", "400")
          .put("warmup_epochs", "40")
          .put("warmup_end", "exclusive")
          .put("lr", "0.00015")
          .put("min_lr", "0")
          .put("weight_decay", "0.05")
          .put("weight_decay_end", "0.05")
          .put("beta2", "0.95")
          .put("clip_grad", "0")
          .put("drop_path_rate", "0")
          .buildOrThrow();
    }
  }

  /** Checks each value. */
  public Mae {
    fraction("removed_share", removedShare);
    require(removedShare > 0, "removed_share", removedShare, "must be more than 0");
    atLeast("decoder_depth", decoderDepth, 1);
    atLeast("decoder_num_heads", decoderNumHeads, 1);
    multipleOf("decoder_embed_dim", decoderEmbedDim, "decoder_num_heads", decoderNumHeads);
    require(
        decoderEmbedDim >= 4 && decoderEmbedDim % 4 == 0,
        "decoder_embed_dim",
        decoderEmbedDim,
        "must be a multiple of 4 for fixed positions");
  }

  @Override
  public int globalCrops() {
    return 1;
  }

  @Override
  public void validate(BackboneSettings settings, MultiCrop views) {
    Backbone backbone = settings.create(views.globalCropsSize());
    require(
        backbone.canLeaveOutPatches(),
        "arch",
        settings.arch(),
        "cannot leave patches out; choose a Vision Transformer without rotary positions and with a"
            + " linear stem, as vit_small");
    require(
        visible(patches(backbone, views.globalCropsSize())) >= 1,
        "removed_share",
        removedShare,
        "leaves no patch of a crop; lower it");
  }

  private static int patches(Backbone backbone, int cropSize) {
    int side = cropSize / backbone.stride();
    return side * side;
  }

  /** K of N patches. */
  private int visible(int patches) {
    return (int) (patches * (1 - removedShare));
  }

  @Override
  public int draws(int patches) {
    return patches;
  }

  private MaeDecoder decoder(Backbone encoder, int cropSize) {
    return new MaeDecoder(
        encoder.embedDim(),
        encoder.prefixTokens(),
        new VisionTransformer(
            encoder.stride(), decoderEmbedDim, decoderDepth, decoderNumHeads, cropSize));
  }

  @Override
  public Loss loss(StepInputs in) {
    Ops tf = in.tf();
    Operand<TFloat32> images = in.views().global(); // [B, S, S, 3]
    int side = (int) images.shape().get(1);
    int patches = patches(in.backbone(), side);
    RandomRemoval removal =
        RandomRemoval.of(tf, in.views().draws().orElseThrow(), visible(patches));
    Backbone.Pass pass =
        in.backbone()
            .forwardVisible(
                tf, in.student().at("backbone"), images, removal.visible(), in.studentMode());
    Operand<TFloat32> prediction = // [B, N, p·p·3]
        decoder(in.backbone(), side)
            .of(
                tf,
                in.student().at(DECODER),
                pass.tokens(),
                removal,
                in.studentMode().forPass(in.studentMode().pass() + 1).whole());
    MaeLoss mae = new MaeLoss(in.backbone().stride(), normPixLoss);
    Operand<TFloat32> targets = mae.targets(tf, images);
    Operand<TFloat32> removed = removal.removed(tf);
    Operand<TFloat32> loss = mae.of(tf, prediction, targets, removed);
    return Loss.of(loss)
        .reporting(
            ImmutableMap.of(
                EXPLAINED,
                mae.explained(tf, loss, targets, removed),
                EmbeddingCollapse.STANDARD_DEVIATION,
                Cosines.spread(tf, pass.features(), in.backbone().embedDim())));
  }

  /** Positions of encoder and decoder. */
  @Override
  public ImmutableMap<String, Initializer> fixedWeights(Backbone backbone) {
    return ImmutableMap.of(
        "backbone.pos_embed",
        SineCosinePositions::columnsFirst,
        DECODER + ".pos_embed",
        SineCosinePositions::columnsFirst);
  }

  @Override
  public ImmutableList<HealthCheck> healthChecks(OptimizerSettings optimizer, RunLength run) {
    return ImmutableList.of(new ReconstructionCollapse(optimizer, run));
  }

  @Override
  public ImmutableMap<String, String> consoleMetrics() {
    return ImmutableMap.of(EXPLAINED, EXPLAINED);
  }

  @Override
  public Macs macs(Backbone backbone, MultiCrop views) {
    int visible = visible(patches(backbone, views.globalCropsSize()));
    double decoder = decoder(backbone, views.globalCropsSize()).macs(visible);
    return new Macs(0, backbone.macsVisible(visible) + decoder);
  }
}
