package org.dinojvm.train.cluster;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which of the other workers' servers answer.
 *
 * @param cluster whose workers were asked
 * @param presence by rank, without this worker itself
 */
record RollCall(Cluster cluster, ImmutableMap<Integer, Presence> presence) {

  /** Asks all at the same time: takes four seconds at most. */
  static RollCall of(Cluster cluster) {
    Map<Integer, Presence> presence =
        IntStream.range(0, cluster.size())
            .filter(rank -> rank != cluster.rank())
            .boxed()
            .toList()
            .parallelStream()
            .collect(
                Collectors.toMap(rank -> rank, rank -> Presence.of(cluster.addresses().get(rank))));
    return new RollCall(cluster, ImmutableMap.copyOf(presence));
  }

  /** Whether all answer. */
  boolean isComplete() {
    return presence.values().stream().allMatch(Presence.ANSWERS::equals);
  }

  /** Those that do not answer, and how: {@code worker 1 (node2:2222) refuses connections}. */
  String missing() {
    return presence.entrySet().stream()
        .filter(entry -> entry.getValue() != Presence.ANSWERS)
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> cluster.name(entry.getKey()) + " " + entry.getValue().words())
        .collect(Collectors.joining(", "));
  }
}
