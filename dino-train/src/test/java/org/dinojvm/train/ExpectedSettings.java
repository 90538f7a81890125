package org.dinojvm.train;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.augment.Interpolation;
import org.dinojvm.serve.Precision;
import org.dinojvm.serve.ServedNetwork.Network;
import org.dinojvm.settings.Range;
import org.dinojvm.settings.Rgb;
import org.dinojvm.train.objective.Dino;
import org.dinojvm.train.objective.DinoV2;
import org.dinojvm.train.optimizer.Clipping;
import org.dinojvm.train.optimizer.Optimizer;
import org.dinojvm.train.optimizer.RateScaling;
import org.dinojvm.train.schedule.WarmUp;

/** All settings of a DINO run, their defaults and other values, written independently. */
final class ExpectedSettings {

  /** A setting's default and some other value, written once more and independently. */
  private record Expected(String key, Object byDefault, Object other) {}

  private static final List<Expected> EXPECTED =
      List.of(
          new Expected("arch", "vit_small", "vit_base"),
          new Expected("patch_size", 16, 8),
          new Expected("embed_dim", 0, 192),
          new Expected("depth", 0, 6),
          new Expected("num_heads", 0, 4),
          new Expected("drop_path_rate", 0.1, 0.0),
          new Expected("stem", "auto", "convolutional"),
          new Expected("registers", -1, 4),
          new Expected("layer_scale", -1.0, 1e-5),
          new Expected("ffn", "auto", "swiglu"),
          new Expected("ffn_dim", 0, 512),
          new Expected("positions", "auto", "antialiased"),
          new Expected("qkv_bias", "auto", "none"),
          new Expected("final_norms", "auto", "untied"),
          new Expected("mask_token", "auto", "held"),
          new Expected("norm_epsilon", 0.0, 1e-5),
          new Expected("method", "dino", "dino"),
          new Expected("out_dim", 65536, 1024),
          new Expected("norm_last_layer", true, false),
          new Expected("use_bn_in_head", false, true),
          new Expected("head_hidden_dim", 2048, 512),
          new Expected("head_bottleneck_dim", 256, 128),
          new Expected("student_temp", 0.1, 0.2),
          new Expected("warmup_teacher_temp", 0.04, 0.02),
          new Expected("teacher_temp", 0.04, 0.07),
          new Expected("warmup_teacher_temp_epochs", 0, 30),
          new Expected("center_momentum", 0.9, 0.8),
          new Expected("momentum_teacher", 0.996, 0.9995),
          new Expected("balancing", DinoV2.Balancing.CENTERING, DinoV2.Balancing.SINKHORN_KNOPP),
          new Expected("teacher_kind", Dino.TeacherKind.MOMENTUM, Dino.TeacherKind.COPY),
          new Expected("contrastive_weight", 0.0, 0.3),
          new Expected("contrastive_temperature", 0.2, 0.1),
          new Expected("projection_hidden_dim", 2048, 512),
          new Expected("projection_dim", 256, 128),
          new Expected("optimizer", Optimizer.ADAMW, Optimizer.LARS),
          new Expected("batch_size_per_gpu", 64, 32),
          new Expected("accumulate", 1, 16),
          new Expected("epochs", 100, 300),
          new Expected("epoch_length", 0, 50),
          new Expected("lr", 0.0005, 0.00075),
          new Expected("warmup_epochs", 10, 5),
          new Expected("min_lr", 1e-6, 1e-5),
          new Expected("weight_decay", 0.04, 0.1),
          new Expected("weight_decay_end", 0.4, 0.3),
          new Expected("clip_grad", 3.0, 0.0),
          new Expected("clip_mode", Clipping.PER_TENSOR, Clipping.GLOBAL_NORM),
          new Expected("decay_all", false, true),
          new Expected("warmup_end", WarmUp.INCLUSIVE, WarmUp.EXCLUSIVE),
          new Expected("min_lr_share", 0.0, 0.001),
          new Expected("lr_scaling", RateScaling.LINEAR, RateScaling.SQUARE_ROOT),
          new Expected("beta2", 0.999, 0.95),
          new Expected("layer_decay", 1.0, 0.75),
          new Expected("patch_embed_lr_mult", 1.0, 0.2),
          new Expected("freeze_blocks", 0, 2),
          new Expected("freeze_last_layer", 1, 2),
          new Expected("freeze_last_layer_steps", 0, 30),
          new Expected("precision", Precision.FLOAT32, Precision.BF16),
          new Expected("use_fp16", true, false),
          new Expected("fuse", true, false),
          new Expected("recompute", false, true),
          new Expected("sync_batchnorm", true, false),
          new Expected("global_crops_size", 224, 64),
          new Expected("global_crops_scale", new Range(0.4, 1), new Range(0.25, 0.9)),
          new Expected("global_crops_number", 2, 2),
          new Expected("local_crops_number", 8, 10),
          new Expected("local_crops_size", 96, 32),
          new Expected("local_crops_scale", new Range(0.05, 0.4), new Range(0.1, 0.25)),
          new Expected("crop_ratio", new Range(0.75, 1.3333), new Range(0.5, 2)),
          new Expected("interpolation", Interpolation.BICUBIC, Interpolation.BILINEAR),
          new Expected("jpeg_draft", false, true),
          new Expected("flip_probability", 0.5, 0.0),
          new Expected("jitter_probability", 0.8, 0.7),
          new Expected("brightness", 0.4, 0.3),
          new Expected("contrast", 0.4, 0.35),
          new Expected("saturation", 0.2, 0.15),
          new Expected("hue", 0.1, 0.05),
          new Expected("grayscale_probability", 0.2, 0.25),
          new Expected("blur_probability_global1", 1.0, 0.9),
          new Expected("blur_probability_global2", 0.1, 0.2),
          new Expected("blur_probability_local", 0.5, 0.4),
          new Expected("blur_radius", new Range(0.1, 2), new Range(0.1, 1)),
          new Expected("solarize_probability", 0.2, 0.1),
          new Expected("solarize_probability_global1", 0.0, 0.1),
          new Expected("recolor_probability", 0.0, 0.1),
          new Expected("recolor_contrast", 0.5, 0.4),
          new Expected("recolor_shift", 30.0, 20.0),
          new Expected("rotation_probability", 0.0, 0.1),
          new Expected("rotation_degrees", 30.0, 20.0),
          new Expected("rotation_fill", 0, 255),
          new Expected("mean", new Rgb(0.485, 0.456, 0.406), new Rgb(0.5, 0.6, 0.7)),
          new Expected("std", new Rgb(0.229, 0.224, 0.225), new Rgb(0.1, 0.2, 0.3)),
          new Expected("data_path", "", "/pictures of: ünï 'code', [1, 2] #3"),
          new Expected("max_skipped", 0.5, 0.0),
          new Expected("output_dir", ".", "runs/first"),
          new Expected("init", "", "weights.pth"),
          new Expected("seed", 0L, -12345678901L),
          new Expected("extend", false, true),
          new Expected("change_batch", false, true),
          new Expected("saveckp_freq", 20, 0),
          new Expected("checkpoint_every_steps", 0, 500),
          new Expected("keep_checkpoints", 3, 1),
          new Expected("log_every_steps", 10, 1),
          new Expected("tensorboard", true, false),
          new Expected("export_whitening", 0.0, 0.35),
          new Expected("threads", 0, 1),
          new Expected("parallel_ops", 0, 1),
          new Expected("num_workers", 0, 10),
          new Expected("dist_url", "env://", "tcp://host:1"),
          new Expected("local_rank", 0, 1),
          new Expected("eval_resize_size", 256, 72),
          new Expected("eval_crop_size", 224, 64),
          new Expected("eval_fit", EvalView.Fit.CROP, EvalView.Fit.SQUASH),
          new Expected("eval_interpolation", Interpolation.BICUBIC, Interpolation.BILINEAR),
          new Expected("evaluated_network", Network.TEACHER, Network.STUDENT),
          new Expected("evaluations", "knn, health, attention", "knn"),
          new Expected("eval_train", "", "yes"),
          new Expected("eval_val", "", "1e3"),
          new Expected("eval_every_epochs", 10, 1),
          new Expected("attention_every_epochs", 10, 0));

  private ExpectedSettings() {}

  /** The published defaults by key. */
  static ImmutableMap<String, Object> defaults() {
    return EXPECTED.stream()
        .collect(ImmutableMap.toImmutableMap(Expected::key, Expected::byDefault));
  }

  /** Another value for each. */
  static ImmutableMap<String, Object> others() {
    return EXPECTED.stream().collect(ImmutableMap.toImmutableMap(Expected::key, Expected::other));
  }
}
