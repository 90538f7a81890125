package org.dinojvm.verify.objective;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.regex.Pattern;
import org.dinojvm.verify.Check;

/** The checks of files about objectives other than DINO. */
public final class ObjectiveChecks {

  private static final String METHODS =
      "(simclr|mocov3|byol|simsiam|swav|barlow_twins|vicreg|simdino)";

  /** The files of the published set that are checked here. */
  public static final ImmutableSet<String> PUBLISHED =
      ImmutableSet.of(
          "simclr.safetensors",
          "mocov3.safetensors",
          "byol.safetensors",
          "simsiam.safetensors",
          "swav.safetensors",
          "barlow_twins.safetensors",
          "vicreg.safetensors",
          "simdino.safetensors",
          "heads.safetensors",
          "train_mocov3.safetensors",
          "train_byol.safetensors",
          "train_simclr.safetensors",
          "train_swav.safetensors",
          "train_barlow_twins.safetensors",
          "train_vicreg.safetensors",
          "train_simdino.safetensors");

  private ObjectiveChecks() {}

  /** Checks by the names of the files that they know. */
  public static ImmutableMap<Pattern, Check> byName() {
    return ImmutableMap.of(
        Pattern.compile(METHODS + ".*\\.safetensors"), new LossCheck(),
        Pattern.compile("heads.*\\.safetensors"), new HeadsCheck(),
        Pattern.compile("train_" + METHODS + ".*\\.safetensors"), new MethodTrainCheck());
  }
}
