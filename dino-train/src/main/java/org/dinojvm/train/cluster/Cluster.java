package org.dinojvm.train.cluster;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import java.util.ArrayList;
import java.util.List;

/**
 * The workers of a run and which of them this process is. Worker 0 is the chief.
 *
 * @param addresses host and port of each worker's server, in order of rank
 * @param rank of this worker, from 0
 */
public record Cluster(ImmutableList<HostAndPort> addresses, int rank) {

  /** Jobs of TF_CONFIG that train, in the order of their ranks. */
  private static final ImmutableList<String> TRAINING =
      ImmutableList.of("chief", "master", "worker");

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public Cluster {
    checkArgument(!addresses.isEmpty(), "no workers are given; list host:port of each");
    checkArgument(
        0 <= rank && rank < addresses.size(),
        "illegal worker %s of %s: count them from 0, in the order of the list",
        rank,
        addresses.size());
    for (HostAndPort address : addresses) {
      checkArgument(
          address.hasPort() && address.getPort() > 0,
          "illegal address %s of a worker: give host:port, as node1:2222",
          address);
      checkArgument(
          !isAnyAddress(address.getHost()),
          "illegal address %s of a worker: the others cannot connect to it; give the host's name",
          address);
    }
    checkArgument(
        ImmutableSet.copyOf(addresses).size() == addresses.size(),
        "a worker is listed twice in %s: each needs an address of its own",
        addresses);
  }

  private static boolean isAnyAddress(String host) {
    return InetAddresses.isInetAddress(host) && InetAddresses.forString(host).isAnyLocalAddress();
  }

  /**
   * Workers as options list them.
   *
   * @param list host:port of each, separated by commas
   */
  public static Cluster of(String list, int rank) {
    List<HostAndPort> addresses = new ArrayList<>();
    for (String text : Splitter.on(',').trimResults().omitEmptyStrings().split(list)) {
      addresses.add(address(text));
    }
    return new Cluster(ImmutableList.copyOf(addresses), rank);
  }

  private static HostAndPort address(String text) {
    try {
      return HostAndPort.fromString(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "illegal address " + text + " of a worker: give host:port, as node1:2222", e);
    }
  }

  /**
   * Workers as the environment variable TF_CONFIG tells them, which Kubeflow's TFJob and Vertex AI
   * set: chief or master first. Evaluators and parameter servers do not count.
   *
   * @throws IllegalArgumentException in one line, if it is no such text, or this process is none of
   *     those that train
   */
  public static Cluster ofTfConfig(String json) {
    JsonNode root;
    try {
      root = new ObjectMapper().readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "TF_CONFIG is no JSON: %s; set it to cluster and task, or unset it".formatted(json), e);
    }
    checkArgument(
        !root.has("sparseCluster"),
        "TF_CONFIG has a sparseCluster, whose workers come and go: turn enableDynamicWorker off");
    List<HostAndPort> addresses = new ArrayList<>();
    List<String> jobs = new ArrayList<>();
    for (String job : TRAINING) {
      for (JsonNode entry : root.path("cluster").path(job)) {
        addresses.add(address(entry.asText()));
        jobs.add(job);
      }
    }
    String type = root.path("task").path("type").asText();
    JsonNode index = root.path("task").path("index"); // some write it as text
    int first = jobs.indexOf(type);
    checkArgument(
        first >= 0 && index.asInt(-1) >= 0,
        "TF_CONFIG makes this process %s %s, which is none of those that train (%s)",
        type.isEmpty() ? "of no type" : type,
        index.asText(),
        jobs.isEmpty() ? "it lists no chief and no worker" : String.join(", ", jobs));
    int rank = first + index.asInt();
    checkArgument(
        rank < jobs.size() && jobs.get(rank).equals(type),
        "TF_CONFIG makes this process %s %s of %s: count them from 0",
        type,
        index.asInt(),
        jobs.stream().filter(type::equals).count());
    return new Cluster(ImmutableList.copyOf(addresses), rank);
  }

  /** How many workers there are. */
  public int size() {
    return addresses.size();
  }

  /** Where this worker's server listens. */
  HostAndPort own() {
    return addresses.get(rank);
  }

  /** A worker as messages name it. */
  String name(int worker) {
    return "worker %d (%s)".formatted(worker, addresses.get(worker));
  }
}
