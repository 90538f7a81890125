package org.dinojvm.train.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What all workers of a run must have alike, in numbers that they can hold against each other.
 *
 * @param settings text by key
 * @param pictures says which pictures are trained on
 */
public record Fingerprint(ImmutableMap<String, String> settings, String pictures) {

  /** Settings are told apart by as many numbers, so that those that differ can be named. */
  private static final int BUCKETS = 512;

  /** Numbers in all: the pictures', and a bucket of settings each. */
  static final int NUMBERS = 1 + BUCKETS;

  long[] numbers() {
    long[] numbers = new long[NUMBERS];
    numbers[0] = hash(pictures);
    settings.forEach((key, value) -> numbers[1 + bucket(key)] ^= hash(key + "=" + value));
    return numbers;
  }

  private static int bucket(String key) {
    return Math.floorMod(hash(key), BUCKETS);
  }

  private static long hash(String text) {
    return Hashing.murmur3_128().hashString(text, UTF_8).asLong();
  }

  /** What is not the same for another worker, in words; nothing if all is. */
  List<String> differences(long[] others) {
    long[] own = numbers();
    List<String> differences = new ArrayList<>();
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      int place = 1 + bucket(setting.getKey());
      if (own[place] != others[place]) {
        differences.add(setting.getKey() + " (here " + setting.getValue() + ")");
      }
    }
    if (own[0] != others[0]) {
      differences.add("the pictures (here " + pictures + ")");
    }
    return differences;
  }
}
