package org.dinojvm.data.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;

class MultiCropTest {

  @Test
  void defaultsAreThePublishedOnes() {
    MultiCrop published =
        new MultiCrop(
            224,
            96,
            8,
            Range.of(0.4, 1),
            Range.of(0.05, 0.4),
            Range.of(3.0 / 4, 4.0 / 3),
            Interpolation.BICUBIC,
            0.5f,
            0.8f,
            0.4f,
            0.4f,
            0.2f,
            0.1f,
            0.2f,
            1,
            0.1f,
            0.5f,
            Range.of(0.1, 2),
            0.2f,
            ImmutableList.of(0.485f, 0.456f, 0.406f),
            ImmutableList.of(0.229f, 0.224f, 0.225f));
    assertEquals(published, MultiCrop.published());
    assertEquals(10, published.views());
  }

  @Test
  void refusesWhatCannotBe() {
    assertRefused("illegal global crop size 0", MultiCrop.builder().globalSize(0));
    assertRefused("illegal number of local crops -1", MultiCrop.builder().localCrops(-1));
    assertRefused("illegal local scale", MultiCrop.builder().localScale(Range.of(0, 1)));
    assertRefused("illegal flip 1.5", MultiCrop.builder().flip(1.5f));
    assertRefused("illegal hue 0.6", MultiCrop.builder().hue(0.6f));
    assertRefused("illegal mean", MultiCrop.builder().mean(ImmutableList.of(0f)));
  }

  private static void assertRefused(String message, MultiCrop.Builder builder) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, builder::build);
    assertTrue(e.getMessage().startsWith(message), e.getMessage());
  }
}
