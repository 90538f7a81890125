package org.dinojvm.cli.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.bench.Speed;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.train.config.TrainConfig;
import picocli.CommandLine.Option;

/** What the benchmarks of a network are told and print: a mixin. */
final class BenchNetwork {

  private static final int PUBLISHED_LOCAL = 96;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A recipe, e.g. configs/quickstart.yaml; the options below override it.")
  private Path file;

  @Option(
      names = "--arch",
      paramLabel = "ARCH[/PATCH]",
      description = "The network, e.g. vit_small/16, which is the default.")
  private String arch;

  @Option(
      names = "--precision",
      paramLabel = "float32|bf16",
      description = "Arithmetic of the backbone; float32 is the default.")
  private String precision;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that one operation may use; 0 for all cores, the default.")
  private Integer threads;

  @Option(
      names = "--limit",
      description =
          "Also time square matrix products between the steps, and say which share of their speed"
              + " the steps reach. Their matrices take 50 MB.")
  private boolean limit;

  @Option(names = "--json", description = "Print one JSON line.")
  private boolean json;

  /**
   * The configuration to measure.
   *
   * @param batch pictures in a step, if given
   */
  TrainConfig config(Optional<Integer> batch) {
    return config(batch, Map.of());
  }

  /**
   * The configuration to measure.
   *
   * @param batch pictures in a step, if given
   * @param further texts of settings by key
   */
  TrainConfig config(Optional<Integer> batch, Map<String, String> further) {
    Map<String, String> network = new HashMap<>();
    if (arch != null) {
      List<String> parts = Splitter.on('/').splitToList(arch);
      network.put("arch", parts.get(0));
      if (parts.size() > 1) {
        network.put("patch_size", parts.get(1));
      }
    }
    Map<String, String> changes = new HashMap<>(further);
    changes.putAll(network);
    if (arch != null && file == null) {
      changes.put("local_crops_size", Integer.toString(localCrops(network)));
    }
    batch.ifPresent(size -> changes.put("batch_size_per_gpu", Integer.toString(size)));
    if (precision != null) {
      changes.put("precision", precision);
    }
    if (threads != null) {
      changes.put("threads", threads.toString());
    }
    return TrainConfig.load(Optional.ofNullable(file), changes);
  }

  /** The published side of local crops, in whole patches. */
  private static int localCrops(Map<String, String> network) {
    BackboneSettings settings = BackboneSettings.of(network);
    int stride = settings.family().stride(settings);
    return Math.round((float) PUBLISHED_LOCAL / stride) * stride;
  }

  /** Whether to measure the machine's limit, too. */
  boolean limit() {
    return limit;
  }

  /** Whether results are lines of JSON. */
  boolean json() {
    return json;
  }

  /** The batch of a recipe, or a default where there is none. */
  Optional<Integer> batchOr(Integer given, int otherwise) {
    return Optional.ofNullable(given == null && file == null ? Integer.valueOf(otherwise) : given);
  }

  /**
   * One line that tells a result.
   *
   * @param step what was timed, e.g. "a step"
   */
  String line(Speed speed, String step) throws JsonProcessingException {
    if (json) {
      return new ObjectMapper().writeValueAsString(speed);
    }
    String text =
        String.format(
            Locale.ROOT,
            "%s, batch %d, %s, %d threads: %.3f s %s (median of %d), %.2f images/s, %.0f GFLOP/s;"
                + " first %.1f s; peak memory %.2f GiB",
            speed.arch(),
            speed.batch(),
            speed.precision(),
            speed.threads(),
            speed.medianStepSeconds(),
            step,
            speed.steps(),
            speed.imagesPerSecond(),
            speed.gflopPerSecond(),
            speed.firstStepSeconds(),
            speed.peakRssBytes() / (double) (1L << 30));
    return speed.shareOfLimit() == null
        ? text
        : text
            + String.format(
                Locale.ROOT,
                "; %.0f %% of the limit, %.0f GFLOP/s",
                100 * speed.shareOfLimit(),
                speed.limitGflopPerSecond());
  }
}
