package org.dinojvm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import java.awt.Color;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.PlainViews;
import org.dinojvm.files.DurableFiles;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.run.StoppedException;
import org.dinojvm.train.run.TrainingListener;
import org.dinojvm.train.schedule.Schedule;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to a run when its disk, its files or the user get in its way. */
class RunSafetyTest {

  private static final String DATA = "model.data-00000-of-00001";
  private static final long STEPS = 6;

  @TempDir static Path directory;

  private static Path pictures;
  private static Path whole;
  private static Path last;

  @BeforeAll
  static void trainUndisturbed() throws IOException {
    pictures = directory.resolve("pictures");
    for (int i = 0; i < 12; i++) {
      PictureFiles.disc(pictures.resolve(i + ".png"), new Color(20 * i, 0, 99), 40, 30 + 2 * i);
    }
    whole = directory.resolve("whole");
    last = new Trainer(config(whole), List.of()).run();
  }

  /** Three steps an epoch, each one saved. */
  private static TrainConfig config(Path run) {
    return MicroRun.config(pictures, run)
        .with(PlainViews.NO_AUGMENTATIONS)
        .with(Map.of("depth", 1, "local_crops_number", 0, "threads", 1, "parallel_ops", 1))
        .with(Map.of("batch_size_per_gpu", 4, "checkpoint_every_steps", 1, "keep_checkpoints", 9));
  }

  private static Path copyOfWhole(String name) throws IOException {
    Path copy = directory.resolve(name);
    try (Stream<Path> files = Files.walk(whole)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, copy.resolve(whole.relativize(file).toString()));
      }
    }
    return copy;
  }

  private static Path checkpoint(Path run, long step) {
    return run.resolve(String.format("checkpoints/step-%08d", step));
  }

  private static void truncate(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() / 2);
    }
  }

  private static void assertSameWeights(Path checkpoint) throws IOException {
    assertEquals(last.getFileName(), checkpoint.getFileName());
    assertEquals(-1, Files.mismatch(last.resolve(DATA), checkpoint.resolve(DATA)));
  }

  private static void assertLogIsWhole(Path run) throws IOException {
    List<String> lines = Files.readAllLines(run.resolve("log.jsonl"));
    assertEquals(
        LongStream.rangeClosed(1, STEPS).boxed().toList(),
        lines.stream()
            .map(line -> Long.valueOf(line.replaceAll(".*\"step\":(\\d+).*", "$1")))
            .toList());
  }

  /** Notes what it is told, and does something after some steps. */
  private static final class Disturbance implements TrainingListener {
    private interface Act {
      void afterStep(long step) throws IOException;
    }

    private final Act act;
    private final List<String> warnings = new ArrayList<>();
    private Optional<String> stop = Optional.empty();

    Disturbance(Act act) {
      this.act = act;
    }

    static Disturbance none() {
      return new Disturbance(step -> {});
    }

    @Override
    public void stepped(StepRecord record) throws IOException {
      act.afterStep(record.step());
    }

    @Override
    public void warned(String message) {
      warnings.add(message);
    }

    @Override
    public Optional<String> stopRequested() {
      return stop;
    }

    void assertWarned(int index, String part) {
      assertTrue(warnings.size() > index && warnings.get(index).contains(part), warnings::toString);
    }
  }

  @Test
  void damagedCheckpointsAreSetAsideAndTheOneBeforeIsUsed() throws IOException {
    Path run = copyOfWhole("damaged");
    truncate(checkpoint(run, 6).resolve(DATA));
    Files.delete(checkpoint(run, 5).resolve("config.yaml"));
    DurableFiles.deleteTree(checkpoint(run, 4));
    Files.move(checkpoint(run, 1), checkpoint(run, 4));
    Disturbance told = Disturbance.none();

    assertSameWeights(new Trainer(config(run), List.of(told)).run());

    assertEquals(3, told.warnings.size(), told.warnings::toString);
    told.assertWarned(0, "the checkpoint " + checkpoint(run, 6) + " cannot be read: ");
    told.assertWarned(0, ". Going on from " + checkpoint(run, 3) + "; moved to ");
    told.assertWarned(1, "config.yaml is missing");
    told.assertWarned(2, "it holds step 1, so it was renamed");
    assertTrue(Files.exists(run.resolve("checkpoints/damaged-step-00000006").resolve(DATA)));
    assertTrue(Files.exists(run.resolve("checkpoints/damaged-step-00000005")));
    assertLogIsWhole(run);
  }

  /** Version 0.1.0 had no {@code method}, and {@code grey_probability} for grayscale. */
  private static Path runOfVersion010(String name, String dropPathRate) throws IOException {
    Path run = copyOfWhole(name);
    List<Path> configs = new ArrayList<>(List.of(run.resolve("config.yaml")));
    for (Path checkpoint : Checkpoints.ofRun(run).all()) {
      configs.add(checkpoint.resolve("config.yaml"));
    }
    for (Path config : configs) {
      String text = Files.readString(config);
      Files.writeString(
          config,
          text.replaceAll("(?m)^method: .*$", "")
              .replace("grayscale_probability", "grey_probability")
              .replaceAll("(?m)^drop_path_rate: .*$", "drop_path_rate: " + dropPathRate));
    }
    return run;
  }

  @Test
  void aRunOfVersion010GoesOnWhereNothingIsDrawnOtherwise() throws IOException {
    Path run = runOfVersion010("old", "0");
    DurableFiles.deleteTree(checkpoint(run, 6));
    Path end = new Trainer(config(run).with(Map.of("drop_path_rate", 0)), List.of()).run();
    assertSameWeights(end); // the rate of a first block is 0 in any case
  }

  @Test
  void aRunOfVersion010WithStochasticDepthIsRefused() throws IOException {
    Path run = runOfVersion010("old-with-stochastic-depth", "0.1");
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> new Trainer(config(run), List.of()).run());
    assertTrue(refusal.getMessage().contains("version 0.1.0"), refusal.getMessage());
  }

  @Test
  void aRunWithoutAReadableCheckpointIsLeftAlone() throws IOException {
    Path run = copyOfWhole("hopeless");
    ImmutableList<Path> all = Checkpoints.ofRun(run).all();
    for (Path checkpoint : all) {
      truncate(checkpoint.resolve("model.index"));
    }
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> new Trainer(config(run), List.of()).run())
            .getMessage();
    assertTrue(message.startsWith("none of the checkpoints in " + run), message);
    assertEquals(all, Checkpoints.ofRun(run).all());
  }

  @Test
  void whatAKilledRunLeftHalfWrittenIsRemoved() throws IOException {
    Path run = copyOfWhole("killed");
    DurableFiles.deleteTree(checkpoint(run, 6));
    Path half = Files.createDirectories(run.resolve("checkpoints/.saving-1"));
    Files.writeString(half.resolve(DATA), "half");
    Files.writeString(run.resolve("log.jsonl"), "{\"epoch\":1,\"st", StandardOpenOption.APPEND);
    assertSameWeights(new Trainer(config(run), List.of()).run());
    assertFalse(Files.exists(half));
    assertLogIsWhole(run);
  }

  /** A file where the folder should be stops root, too. */
  @Test
  void aRunOutlivesAFolderThatCannotBeWritten() throws IOException {
    Path run = directory.resolve("unwritable");
    Path checkpoints = run.resolve("checkpoints");
    Path away = directory.resolve("away");
    Path log = run.resolve("log.jsonl");
    Path logAway = directory.resolve("log away");
    Disturbance full =
        new Disturbance(
            step -> {
              if (step == 2) {
                Files.move(checkpoints, away);
                Files.createFile(checkpoints);
                Files.move(log, logAway);
                Files.createDirectory(log);
              } else if (step == 4) {
                Files.delete(checkpoints);
                Files.move(away, checkpoints);
                Files.delete(log);
                Files.move(logAway, log);
              }
            });

    assertSameWeights(new Trainer(config(run), List.of(full)).run());

    assertEquals(4, full.warnings.size(), full.warnings::toString);
    full.assertWarned(0, "cannot write " + log);
    full.assertWarned(1, "cannot save " + checkpoint(run, 2));
    full.assertWarned(2, log + " is written again, with all 3 lines");
    full.assertWarned(3, "saving works again: " + checkpoint(run, 4));
    assertLogIsWhole(run);
  }

  @Test
  void aLastStateThatCannotBeSavedIsAFailure() throws IOException {
    Path run = copyOfWhole("no room at the end");
    DurableFiles.deleteTree(checkpoint(run, 6));
    Path checkpoints = run.resolve("checkpoints");
    Path away = directory.resolve("away at the end");
    Disturbance full =
        new Disturbance(
            step -> {
              Files.move(checkpoints, away);
              Files.createFile(checkpoints);
            });
    String message =
        assertThrows(IOException.class, () -> new Trainer(config(run), List.of(full)).run())
            .getMessage();
    assertTrue(message.startsWith("cannot save " + checkpoint(run, 6)), message);
    assertTrue(message.contains("run the same command to go on"), message);

    Files.delete(checkpoints);
    Files.move(away, checkpoints);
    assertSameWeights(new Trainer(config(run), List.of()).run());
  }

  @Test
  void aRunThatIsAskedToStopSavesAndGoesOnLater() throws IOException {
    Path run = directory.resolve("stopped");
    TrainConfig rarely = config(run).with(Map.of("checkpoint_every_steps", 0));
    Disturbance user = Disturbance.none();
    Disturbance asks =
        new Disturbance(step -> user.stop = Optional.of("SIGTERM").filter(s -> step == 2));
    StoppedException stopped =
        assertThrows(StoppedException.class, () -> new Trainer(rarely, List.of(user, asks)).run());
    assertEquals("SIGTERM", stopped.reason());
    assertEquals(
        "SIGTERM: stopped after step 2 of 6, saved in " + checkpoint(run, 2), stopped.getMessage());
    assertSameWeights(new Trainer(rarely, List.of()).run());
    assertLogIsWhole(run);
  }

  @Test
  void aSecondTrainerOnTheFolderIsRefused() throws IOException {
    Path run = directory.resolve("twice");
    List<String> refusals = new ArrayList<>();
    Disturbance second =
        new Disturbance(
            step -> {
              if (step == 1) {
                refusals.add(
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> new Trainer(config(run), List.of()).run())
                        .getMessage());
              }
            });
    assertSameWeights(new Trainer(config(run), List.of(second)).run());
    assertEquals(List.of(run + " is being trained in this process already"), refusals);
  }

  @Test
  void moreEpochsNeedExtendAndFollowTheLongerSchedules() throws IOException {
    Path run = copyOfWhole("extended");
    TrainConfig longer = config(run).with(Map.of("epochs", 3));
    assertThrows(IllegalArgumentException.class, () -> new Trainer(longer, List.of()).run());

    List<StepRecord> records = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void stepped(StepRecord record) {
            records.add(record);
          }
        };
    Path extended = new Trainer(longer.with(Map.of("extend", true)), List.of(listener)).run();

    assertEquals(checkpoint(run, 9), extended);
    double[] rates =
        records.stream().mapToDouble(r -> r.schedules().get("learning_rate")).toArray();
    Schedule schedule = longer.optimization().learningRate(longer.length(3), 1);
    assertArrayEquals(new double[] {schedule.at(6), schedule.at(7), schedule.at(8)}, rates);
    TrainConfig shorter = config(run).with(Map.of("extend", true));
    assertThrows(IllegalArgumentException.class, () -> new Trainer(shorter, List.of()).run());
  }

  @Test
  void otherPicturesAreNoticedAndAMovedFolderIsNot() throws IOException {
    Path run = copyOfWhole("moved");
    Path moved = directory.resolve("moved pictures");
    for (int i = 0; i < 12; i++) {
      Files.createDirectories(moved);
      Files.copy(pictures.resolve(i + ".png"), moved.resolve(i + ".png"));
    }
    TrainConfig config = config(run).with(Map.of("data_path", moved.toString()));
    assertEquals(checkpoint(run, 6), new Trainer(config, List.of()).run());
    Files.write(run.resolve("scan.tsv.gz"), new byte[] {1, 2, 3}); // damaged: all is decoded
    assertEquals(checkpoint(run, 6), new Trainer(config, List.of()).run());
    assertTrue(Files.size(run.resolve("scan.tsv.gz")) > 3);

    Files.delete(moved.resolve("3.png"));
    String message =
        assertThrows(IllegalArgumentException.class, () -> new Trainer(config, List.of()).run())
            .getMessage();
    assertEquals(
        "the pictures in %s are not those that the run in %s began with: 12 pictures then, 11 now."
                .formatted(moved, run)
            + " Put them back, or choose another --output; to go on all the same, delete "
            + run.resolve("pictures.json"),
        message);
    PictureFiles.disc(moved.resolve("3.png"), Color.GREEN, 90, 90);
    assertThrows(IllegalArgumentException.class, () -> new Trainer(config, List.of()).run());

    Files.delete(run.resolve("pictures.json"));
    assertEquals(checkpoint(run, 6), new Trainer(config, List.of()).run());
  }

  /** Bytes of a weight, of its checksum, and of the list of weights. */
  @Test
  void tensorFlowNoticesASingleFlippedBit() throws IOException {
    Path run = copyOfWhole("flipped");
    for (long step = 4; step <= 6; step++) {
      Path file = checkpoint(run, step).resolve(step == 6 ? "model.index" : DATA);
      long position = Files.size(file) * (step - 3) / 5;
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        ByteBuffer one = ByteBuffer.allocate(1);
        channel.read(one, position);
        one.put(0, (byte) (one.get(0) ^ 4)).rewind();
        channel.write(one, position);
      }
    }
    Disturbance told = Disturbance.none();
    assertSameWeights(new Trainer(config(run), List.of(told)).run());
    assertEquals(3, told.warnings.size(), told.warnings::toString);
    told.assertWarned(1, "Checksum does not match");
    told.assertWarned(2, "Checksum does not match");
  }
}
