package org.dinojvm.data.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.dinojvm.data.source.PictureDecoder;
import org.dinojvm.settings.Range;
import org.dinojvm.settings.Rgb;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MultiCropTest {

  @Test
  void defaultsAreThePublishedOnes() {
    MultiCrop published =
        new MultiCrop(
            new RandomResizedCrops(
                224,
                new Range(0.4, 1),
                2,
                8,
                96,
                new Range(0.05, 0.4),
                new Range(0.75, 1.3333),
                Interpolation.BICUBIC,
                false),
            new Flip(0.5),
            new ColorJitter(0.8, 0.4, 0.4, 0.2, 0.1),
            new Grayscale(0.2),
            new GaussianBlur(1, 0.1, 0.5, new Range(0.1, 2)),
            new Solarize(0.2, 0),
            new Recolor(0, 0.5, 30),
            new Rotation(0, 30, 0));
    assertEquals(published, MultiCrop.published());
    assertEquals(10, published.views());
    assertEquals(
        new Normalization(new Rgb(0.485, 0.456, 0.406), new Rgb(0.229, 0.224, 0.225)),
        Normalization.published());
  }

  /** A published local crop is at least √(0.05 · 0.75) of the shorter side: twice 96 of 992. */
  @Test
  void draftsKeepTwiceTheViewsPixels() {
    assertEquals(0, MultiCrop.published().crops().draftSide());
    MultiCrop drafts = MultiCrop.published().with(Map.of("jpeg_draft", true));
    assertEquals(992, drafts.crops().draftSide());
    assertEquals(818, drafts.with(Map.of("local_crops_number", 0)).crops().draftSide());
    assertEquals(0, PictureDecoder.halvings(1983, 992));
    assertEquals(1, PictureDecoder.halvings(1984, 992));
    assertEquals(3, PictureDecoder.halvings(100_000, 992));
    assertEquals(0, PictureDecoder.halvings(100_000, 0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "global_crops_size | 0 | global_crops_size = 0: must be at least 1",
        "global_crops_number | 3 | global_crops_number = 3: must be 1 or 2",
        "global_crops_number | 1 | local_crops_number = 8: must be 0 beside a single global crop",
        "local_crops_number | -1 | local_crops_number = -1: must be at least 0",
        "local_crops_scale | 0 1 | local_crops_scale = 0.0 1.0: must be two shares",
        "crop_ratio | 2 1 | crop_ratio = 2.0 1.0: must be two numbers above 0",
        "flip_probability | 1.5 | flip_probability = 1.5: must be between 0 and 1",
        "hue | 0.6 | hue = 0.6: must be between 0 and 0.5",
        "grey_probability | 2 | grayscale_probability = 2: must be between 0 and 1",
        "recolor_shift | 256 | recolor_shift = 256: must be between 0 and 255",
        "rotation_degrees | 181 | rotation_degrees = 181: must be between 0 and 180",
        "rotation_fill | -1 | rotation_fill = -1: must be between 0 and 255",
        "blur_radius | 1 33 | blur_radius = 1.0 33.0: must be at most 32 pixels",
      })
  void refusesWhatCannotBe(String key, String value, String message) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> MultiCrop.published().with(Map.of(key, value)));
    assertTrue(e.getMessage().startsWith(message), e.getMessage());
  }

  @Test
  void evaluationViewsAndNormalizationRefuseWhatCannotBe() {
    assertThrows(IllegalArgumentException.class, () -> new EvalView(200, 224, EvalView.Fit.CROP));
    assertThrows(IllegalArgumentException.class, () -> EvalView.square(0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Normalization(new Rgb(0, 0, 0), new Rgb(1, 0, 1)));
  }
}
