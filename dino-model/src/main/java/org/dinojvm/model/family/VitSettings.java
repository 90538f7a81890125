package org.dinojvm.model.family;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableMap;
import java.util.Locale;
import org.dinojvm.model.VitOptions;
import org.dinojvm.settings.Choices;
import org.dinojvm.settings.Setting;

/**
 * How a Vision Transformer differs from the architecture that its name stands for, beside its
 * sizes.
 *
 * @param stem a {@link VitOptions.Stem}, or {@code auto}: linear in every published network
 * @param registers register tokens; −1 for the architecture's own number
 * @param layerScale initial gain of branches, 0 for none; −1 for the architecture's own
 * @param ffn a {@link VitOptions.Ffn}, or {@code auto} for the architecture's own
 * @param ffnDim its hidden features; 0 for the architecture's own
 * @param positions a {@link VitOptions.Positions}, or {@code auto}
 * @param qkvBias a {@link VitOptions.QkvBias}, or {@code auto}
 * @param finalNorms a {@link VitOptions.FinalNorms}, or {@code auto}
 * @param maskToken a {@link VitOptions.MaskToken}, or {@code auto}
 * @param normEpsilon of layer norms; 0 for the architecture's own
 */
public record VitSettings(
    @Setting(
            value = "auto",
            doc =
                "What makes patches of pictures in a ViT: one linear map, or XCiT's convolutions, with which small networks learn faster.",
            source = "Xiao et al. 2021, arXiv:2106.14881",
            choices = Stems.class)
        String stem,
    @Setting(
            value = "-1",
            unit = "tokens",
            doc =
                "Register tokens of a ViT, which keep attention maps clean; -1 for the arch's own number.",
            source = "Darcet et al. 2024, arXiv:2309.16588")
        int registers,
    @Setting(
            value = "-1",
            doc =
                "What a ViT's LayerScale starts from, e.g. 1e-5; 0 for none, -1 for the arch's own.",
            source = "Touvron et al. 2021, arXiv:2103.17239")
        double layerScale,
    @Setting(
            value = "auto",
            doc = "The feed-forward part of a ViT's block.",
            source = "dinov2 and dinov3, ffn_layer",
            choices = Ffns.class)
        String ffn,
    @Setting(
            value = "0",
            unit = "features",
            doc = "Hidden features of a ViT's feed-forward part; 0 for the arch's own.",
            source = "dino-jvm")
        int ffnDim,
    @Setting(
            value = "auto",
            doc =
                "A ViT's position embedding: learned as in DINO, learned and resized with antialias as in DINOv2 with registers, or rotary as in DINOv3.",
            source = "dinov2 and dinov3",
            choices = PositionKinds.class)
        String positions,
    @Setting(
            value = "auto",
            doc =
                "Bias of queries, keys and values in a ViT; masked is DINOv3's, without one of the keys.",
            source = "dinov3, mask_k_bias",
            choices = QkvBiases.class)
        String qkvBias,
    @Setting(
            value = "auto",
            doc = "Layer norms after a ViT's last block.",
            source = "dinov3, untie_cls_and_patch_norms, untie_global_and_local_cls_norm",
            choices = NormKinds.class)
        String finalNorms,
    @Setting(
            value = "auto",
            doc = "Whether a ViT holds a token for masked patches also where none are masked.",
            source = "dinov2 and dinov3",
            choices = MaskTokens.class)
        String maskToken,
    @Setting(
            value = "0",
            doc = "Epsilon of a ViT's layer norms; 0 for the arch's own, mostly 1e-6.",
            source = "dinov3, norm_layer")
        double normEpsilon) {

  /** The architecture's own. */
  static final String AUTO = "auto";

  /** Checks each value by itself. */
  public VitSettings {
    atLeast("registers", registers, -1);
    require(
        layerScale == -1 || (layerScale >= 0 && layerScale <= 1),
        "layer_scale",
        layerScale,
        "must be 0 to 1, or -1 for the arch's own");
    atLeast("ffn_dim", ffnDim, 0);
    require(
        normEpsilon >= 0 && normEpsilon < 1,
        "norm_epsilon",
        normEpsilon,
        "must be at least 0 and less than 1");
  }

  /** What the settings say, and the architecture where they say nothing. */
  VitOptions over(VitArch arch, int embedDim) {
    VitOptions.Ffn kind = choose(VitOptions.Ffn.class, ffn, arch.ffn());
    return new VitOptions(
        choose(VitOptions.Stem.class, stem, VitOptions.Stem.LINEAR),
        registers == -1 ? arch.registers() : registers,
        layerScale == -1 ? arch.layerScale() : layerScale,
        kind,
        ffnDim == 0 ? arch.ffnDim(kind, embedDim) : ffnDim,
        choose(VitOptions.Positions.class, positions, arch.positions()),
        choose(VitOptions.QkvBias.class, qkvBias, arch.qkvBias()),
        choose(VitOptions.FinalNorms.class, finalNorms, arch.finalNorms()),
        choose(VitOptions.MaskToken.class, maskToken, arch.maskToken()),
        normEpsilon == 0 ? arch.normEpsilon() : (float) normEpsilon);
  }

  private static <E extends Enum<E>> E choose(Class<E> type, String text, E own) {
    return text.equals(AUTO) ? own : Enum.valueOf(type, text.toUpperCase(Locale.ROOT));
  }

  /** An enum's constants as settings write them, and {@code auto}. */
  abstract static class OrAuto implements Choices {
    private final ImmutableMap<String, String> names;

    OrAuto(Enum<?>... constants) {
      ImmutableMap.Builder<String, String> all = ImmutableMap.builder();
      all.put(AUTO, AUTO);
      for (Enum<?> constant : constants) {
        String name = constant.name().toLowerCase(Locale.ROOT);
        all.put(name, name);
      }
      names = all.buildOrThrow();
    }

    @Override
    public ImmutableMap<String, String> names() {
      return names;
    }
  }

  /** What {@code stem} may be. */
  public static final class Stems extends OrAuto {
    /** For {@link Setting#choices}. */
    public Stems() {
      super(VitOptions.Stem.values());
    }
  }

  /** What {@code ffn} may be. */
  public static final class Ffns extends OrAuto {
    /** For {@link Setting#choices}. */
    public Ffns() {
      super(VitOptions.Ffn.values());
    }
  }

  /** What {@code positions} may be. */
  public static final class PositionKinds extends OrAuto {
    /** For {@link Setting#choices}. */
    public PositionKinds() {
      super(VitOptions.Positions.values());
    }
  }

  /** What {@code qkv_bias} may be. */
  public static final class QkvBiases extends OrAuto {
    /** For {@link Setting#choices}. */
    public QkvBiases() {
      super(VitOptions.QkvBias.values());
    }
  }

  /** What {@code final_norms} may be. */
  public static final class NormKinds extends OrAuto {
    /** For {@link Setting#choices}. */
    public NormKinds() {
      super(VitOptions.FinalNorms.values());
    }
  }

  /** What {@code mask_token} may be. */
  public static final class MaskTokens extends OrAuto {
    /** For {@link Setting#choices}. */
    public MaskTokens() {
      super(VitOptions.MaskToken.values());
    }
  }
}
