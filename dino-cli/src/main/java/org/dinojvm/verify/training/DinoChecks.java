package org.dinojvm.verify.training;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.CheckSet;
import org.dinojvm.verify.backbone.ArchitectureCheck;
import org.dinojvm.verify.backbone.BackboneCheck;
import org.dinojvm.verify.backbone.CheckpointCheck;
import org.dinojvm.verify.backbone.VitForwardCheck;
import org.dinojvm.verify.evaluation.KnnCheck;

/** DINO itself: networks, training steps, checkpoints, augmentations and k-NN. */
public final class DinoChecks implements CheckSet {

  @Override
  public ImmutableSet<String> published() {
    return ImmutableSet.of(
        "vit_forward.safetensors",
        "vit_small_16.safetensors",
        "resnet50.safetensors",
        "train_adamw.safetensors",
        "train_free_last_layer.safetensors",
        "train_sgd_bn_head.safetensors",
        "train_lars.safetensors",
        "checkpoint.pth",
        "backbone.pth",
        "backbone_legacy.pth",
        "augmentations.safetensors",
        "knn.safetensors");
  }

  @Override
  public Optional<Check> check(Path file) {
    Path run = file.resolveSibling("train_adamw.safetensors");
    Path zip = file.resolveSibling("backbone.pth");
    Path legacy = file.resolveSibling("backbone_legacy.pth");
    return CheckSet.byName(
        ImmutableMap.<Pattern, Check>builder()
            .put(Pattern.compile("vit_forward.*\\.safetensors"), new VitForwardCheck())
            .put(
                Pattern.compile(ArchitectureCheck.NAME + "\\.safetensors"), new ArchitectureCheck())
            .put(Pattern.compile("train_.*\\.safetensors"), new TrainCheck())
            .put(Pattern.compile("checkpoint\\.pth"), new CheckpointCheck(run))
            .put(Pattern.compile("backbone\\.pth"), new BackboneCheck(legacy, run))
            .put(Pattern.compile("backbone_legacy\\.pth"), new BackboneCheck(zip, run))
            .put(Pattern.compile("augmentations.*\\.safetensors"), new AugmentationsCheck())
            .put(Pattern.compile("knn.*\\.safetensors"), new KnnCheck())
            .buildOrThrow(),
        file);
  }
}
