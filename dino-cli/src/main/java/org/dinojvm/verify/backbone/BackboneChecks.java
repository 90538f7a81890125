package org.dinojvm.verify.backbone;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.CheckSet;

/** Backbones of other papers. */
public final class BackboneChecks implements CheckSet {

  private static final ImmutableMap<Pattern, Check> BY_NAME =
      ImmutableMap.of(
          Pattern.compile("(dinov2|dinov3(?!_convnext)|ibot).*\\.safetensors"),
              new BackboneFileCheck(),
          Pattern.compile("dinov3_convnext.*\\.safetensors"), new ConvNextCheck(),
          Pattern.compile("xcit.*\\.safetensors"), new XcitCheck(),
          Pattern.compile("resnet\\d+_noise.*\\.safetensors"), new NoiseCheck());

  @Override
  public ImmutableSet<String> published() {
    return ImmutableSet.of(
        "dinov2.safetensors",
        "dinov2_registers.safetensors",
        "dinov2_swiglu.safetensors",
        "dinov3.safetensors",
        "dinov3_swiglu.safetensors",
        "dinov3_convnext.safetensors",
        "xcit.safetensors",
        "xcit_p8.safetensors",
        "xcit_nano.safetensors",
        "ibot_vit.safetensors",
        "resnet50_noise.safetensors");
  }

  @Override
  public Optional<Check> check(Path file) {
    return CheckSet.byName(BY_NAME, file);
  }
}
