package org.dinojvm.visual;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ColorMapTest {

  @ParameterizedTest
  @EnumSource(ColorMap.class)
  void growsLighterWithTheValue(ColorMap colors) {
    double last = -1;
    for (int i = 0; i <= 64; i++) {
      double light = luminance(new Color(colors.rgb(i / 64.0)));
      assertTrue(light > last, "value " + i / 64.0);
      last = light;
    }
  }

  @ParameterizedTest
  @EnumSource(ColorMap.class)
  void endsAtItsEnds(ColorMap colors) {
    assertEquals(colors.rgb(0), colors.rgb(-3));
    assertEquals(colors.rgb(1), colors.rgb(3));
  }

  private static double luminance(Color color) {
    return 0.2126 * Math.pow(color.getRed() / 255.0, 2.2)
        + 0.7152 * Math.pow(color.getGreen() / 255.0, 2.2)
        + 0.0722 * Math.pow(color.getBlue() / 255.0, 2.2);
  }
}
