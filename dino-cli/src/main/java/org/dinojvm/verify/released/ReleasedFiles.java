package org.dinojvm.verify.released;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dinojvm.verify.released.ReleasedFile.Form;
import org.tensorflow.ndarray.Shape;

/** Released files by name. */
public final class ReleasedFiles {

  private static final ImmutableMap<String, Shape> NO_HEAD = ImmutableMap.of();
  private static final int[] TINY_DEPTHS = {3, 3, 9, 3};
  private static final int[] TINY_DIMS = {96, 192, 384, 768};

  /** One or more of each family, of the smallest size. */
  private static final ImmutableList<ReleasedFile> SMALL =
      ImmutableList.of(
          backbone("dino_deitsmall16_pretrain.pth", "vit_small", 224, dinoSmall()),
          checkpoint("dino_deitsmall16_pretrain_full_checkpoint.pth", "vit_small", dinoSmall()),
          backbone(
              "dino_xcit_small_12_p16_pretrain.pth",
              "xcit_small_12_p16",
              224,
              PublishedLayouts.xcit(384, 12, 8)),
          new ReleasedFile(
              "dino_xcit_small_12_p16_pretrain_full_checkpoint.pth",
              "xcit_small_12_p16",
              224,
              PublishedLayouts.xcit(384, 12, 8),
              PublishedLayouts.head(384),
              Form.CHECKPOINT_IN_PARALLEL),
          backbone("dino_resnet50_pretrain.pth", "resnet50", 224, PublishedLayouts.resNet50()),
          new ReleasedFile(
              "ibot_vits_16_checkpoint_teacher.pth",
              "vit_small",
              224,
              dinoSmall(),
              NO_HEAD,
              Form.STATE_DICT),
          new ReleasedFile(
              "ibot_vits_16_checkpoint.pth",
              "vit_small",
              224,
              dinoSmall(),
              PublishedLayouts.ibotHead(384),
              Form.CHECKPOINT),
          backbone(
              "dinov2_vits14_pretrain.pth",
              "dinov2_vits14",
              518,
              PublishedLayouts.dinov2(384, 12, 0, false)),
          backbone(
              "dinov2_vits14_reg4_pretrain.pth",
              "dinov2_vits14_reg",
              518,
              PublishedLayouts.dinov2(384, 12, 4, false)),
          backbone(
              "dinov3_vits16_pretrain_lvd1689m-08c60483.pth",
              "dinov3_vits16",
              256,
              PublishedLayouts.dinov3(384, 12, 0)),
          backbone(
              "dinov3_vits16plus_pretrain_lvd1689m-4057cbaa.pth",
              "dinov3_vits16plus",
              256,
              PublishedLayouts.dinov3(384, 12, 1536)),
          backbone(
              "dinov3_convnext_tiny_pretrain_lvd1689m-21b726bb.pth",
              "dinov3_convnext_tiny",
              256,
              PublishedLayouts.convNext(TINY_DEPTHS, TINY_DIMS)),
          huggingFace("dino-vits16", "vit_small", 224, HuggingFaceLayouts.vit(384, 12)),
          huggingFace("dinov2-small", "dinov2_vits14", 518, HuggingFaceLayouts.dinov2(384, 12, 0)),
          huggingFace(
              "dinov2-with-registers-small",
              "dinov2_vits14_reg",
              518,
              HuggingFaceLayouts.dinov2(384, 12, 4)),
          huggingFace(
              "dinov3-vits16-pretrain-lvd1689m",
              "dinov3_vits16",
              256,
              HuggingFaceLayouts.dinov3(384, 12)),
          huggingFace(
              "dinov3-convnext-tiny-pretrain-lvd1689m",
              "dinov3_convnext_tiny",
              256,
              HuggingFaceLayouts.convNext(TINY_DEPTHS, TINY_DIMS)));

  /** Of 1.2 GB and more. */
  private static final ImmutableList<ReleasedFile> LARGE =
      ImmutableList.of(
          backbone(
              "dinov2_vitl14_pretrain.pth",
              "dinov2_vitl14",
              518,
              PublishedLayouts.dinov2(1024, 24, 0, false)),
          backbone(
              "dinov3_vitl16_pretrain_lvd1689m-8aa4cbdd.pth",
              "dinov3_vitl16",
              256,
              PublishedLayouts.dinov3(1024, 24, 0)),
          backbone(
              "dinov2_vitg14_pretrain.pth",
              "dinov2_vitg14",
              518,
              PublishedLayouts.dinov2(1536, 40, 0, true)));

  private static ImmutableMap<String, Shape> dinoSmall() {
    return PublishedLayouts.dino(384, 12, 16, 14);
  }

  private static ReleasedFile backbone(
      String name, String arch, int laidOutFor, ImmutableMap<String, Shape> backbone) {
    return new ReleasedFile(name, arch, laidOutFor, backbone, NO_HEAD, Form.BACKBONE);
  }

  private static ReleasedFile checkpoint(
      String name, String arch, ImmutableMap<String, Shape> backbone) {
    return new ReleasedFile(name, arch, 224, backbone, PublishedLayouts.head(384), Form.CHECKPOINT);
  }

  private static ReleasedFile huggingFace(
      String name, String arch, int laidOutFor, ImmutableMap<String, Shape> backbone) {
    return new ReleasedFile(name, arch, laidOutFor, backbone, NO_HEAD, Form.HUGGING_FACE);
  }

  private ReleasedFiles() {}

  /** The files of the smallest size of each family. */
  public static ImmutableList<ReleasedFile> small() {
    return SMALL;
  }

  /**
   * The file of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static ReleasedFile named(String name) {
    return all()
        .filter(file -> file.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no released file is named '%s' here; there are %s"
                        .formatted(
                            name,
                            all().map(ReleasedFile::name).collect(Collectors.joining(", ")))));
  }

  private static Stream<ReleasedFile> all() {
    return Stream.concat(SMALL.stream(), LARGE.stream());
  }
}
