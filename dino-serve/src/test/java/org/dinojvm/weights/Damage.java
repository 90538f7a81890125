package org.dinojvm.weights;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;

/** Cuts and alters files, and expects a reader to take it with one clear line or with a value. */
public final class Damage {
  private Damage() {}

  public static void truncations(byte[] whole, int cuts, Consumer<byte[]> reader) {
    Random random = new Random(1);
    for (int i = 0; i < cuts; i++) {
      int length = i < 64 ? i : random.nextInt(whole.length);
      byte[] cut = Arrays.copyOf(whole, Math.min(length, whole.length - 1));
      requireOneLine(
          assertThrows(
              IllegalArgumentException.class, () -> reader.accept(cut), () -> "cut to " + length));
    }
  }

  /** Alters one byte at a time, among the first {@code head} and the last {@code tail} bytes. */
  public static void alterations(
      byte[] whole, int head, int tail, int count, Consumer<byte[]> reader) {
    Random random = new Random(2);
    for (int i = 0; i < count; i++) {
      int near = random.nextInt(head + tail);
      int position = near < head ? near : whole.length - 1 - (near - head);
      byte original = whole[position];
      whole[position] ^= (byte) (1 + random.nextInt(255));
      readOrRefuse(whole, reader, "byte " + position + " altered");
      whole[position] = original;
    }
  }

  private static void readOrRefuse(byte[] altered, Consumer<byte[]> reader, String what) {
    try {
      reader.accept(altered);
    } catch (IllegalArgumentException e) {
      requireOneLine(e);
    } catch (RuntimeException | Error e) {
      throw new AssertionError(what, e);
    }
  }

  private static void requireOneLine(IllegalArgumentException e) {
    assertFalse(e.getMessage().isBlank() || e.getMessage().contains("\n"), e.getMessage());
  }
}
