package org.dinojvm.verify.objective;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.CheckSet;
import org.dinojvm.weights.Safetensors;

/** Objectives other than DINO: losses, heads and training steps. */
public final class ObjectiveChecks implements CheckSet {

  private static final String METHODS =
      "(simclr|mocov3|byol|simsiam|swav|barlow_twins|vicreg|simdino|ibot|dinov2|dinov3_gram|mae)";

  private static final ImmutableMap<Pattern, Check> BY_NAME =
      ImmutableMap.of(
          Pattern.compile(METHODS + ".*\\.safetensors"), new LossCheck(),
          Pattern.compile("heads.*\\.safetensors"), new HeadsCheck(),
          Pattern.compile("train_" + METHODS + ".*\\.safetensors"), new MethodTrainCheck());

  @Override
  public ImmutableSet<String> published() {
    return ImmutableSet.of(
        "simclr.safetensors",
        "mocov3.safetensors",
        "byol.safetensors",
        "simsiam.safetensors",
        "swav.safetensors",
        "barlow_twins.safetensors",
        "vicreg.safetensors",
        "ibot.safetensors",
        "dinov2.safetensors",
        "dinov3_gram.safetensors",
        "simdino.safetensors",
        "mae.safetensors",
        "heads.safetensors",
        "train_ibot.safetensors",
        "train_dinov2.safetensors",
        "train_dinov2_centering.safetensors",
        "train_mocov3.safetensors",
        "train_byol.safetensors",
        "train_simclr.safetensors",
        "train_swav.safetensors",
        "train_barlow_twins.safetensors",
        "train_vicreg.safetensors",
        "train_simdino.safetensors");
  }

  /** Its metadata names a family of losses, not a model: networks share names with objectives. */
  @Override
  public boolean claims(Path file) {
    if (!file.toString().endsWith(".safetensors") || !Files.isRegularFile(file)) {
      return false;
    }
    try {
      return Safetensors.read(file).metadata().containsKey("family");
    } catch (IllegalArgumentException e) {
      return false; // its own check says what is wrong with it
    }
  }

  @Override
  public Optional<Check> check(Path file) {
    return claims(file) ? CheckSet.byName(BY_NAME, file) : Optional.empty();
  }
}
