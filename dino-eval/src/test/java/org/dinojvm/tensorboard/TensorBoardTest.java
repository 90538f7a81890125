package org.dinojvm.tensorboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.dinojvm.data.PlainViews;
import org.dinojvm.data.source.ClipArt;
import org.dinojvm.eval.EvaluationListener;
import org.dinojvm.eval.EvaluationListener.Outputs;
import org.dinojvm.eval.Evaluations;
import org.dinojvm.eval.Findings;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.train.MicroRun;
import org.dinojvm.train.Trainer;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.run.TrainingListener;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFOutOfRangeException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.data.MakeIterator;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.SessionLog.SessionStatus;
import org.tensorflow.proto.Summary;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/** Event files of a run that was interrupted once, read by TensorFlow's own reader and protos. */
class TensorBoardTest {

  @TempDir static Path directory;

  private static Path run;
  private static final List<List<Event>> SESSIONS = new ArrayList<>();

  @BeforeAll
  static void trainTwice() throws IOException {
    ClipArt.extractTo(directory.resolve("clipart"));
    run = directory.resolve("run");
    TrainConfig config = config(run);
    assertThrows(IllegalStateException.class, () -> train(config, new StopAfter(2)));
    train(config, new TrainingListener() {});
    try (Stream<Path> files = Files.list(run.resolve("events"))) {
      files.sorted().forEach(file -> SESSIONS.add(read(file)));
    }
  }

  private static TrainConfig config(Path output) {
    return MicroRun.config(directory.resolve("clipart/val/bird"), output)
        .with(PlainViews.NO_AUGMENTATIONS)
        .with(Map.of("batch_size_per_gpu", 2, "epochs", 1, "checkpoint_every_steps", 1));
  }

  private static void train(TrainConfig config, TrainingListener other) throws IOException {
    TensorBoard board = new TensorBoard(message -> assertEquals("", message));
    EvaluationListener attention =
        new EvaluationListener(
            Evaluations.named(config.evaluation().names()),
            Optional.empty(),
            FeatureModels::open,
            new Outputs(
                new PrintWriter(new StringWriter()),
                board::evaluated,
                message -> assertEquals("", message)),
            () -> false);
    new Trainer(config, List.of(board, other, attention, new TestAfter(board))).run();
  }

  /** Stands for a kill. */
  private record StopAfter(long step) implements TrainingListener {
    @Override
    public void stepped(StepRecord record) {
      if (record.step() == step + 1) {
        throw new IllegalStateException();
      }
    }
  }

  private record TestAfter(TensorBoard board) implements TrainingListener {
    @Override
    public void epochSaved(int epoch, Path checkpoint) {
      board.evaluated(7, "knn", Findings.ofNumbers(ImmutableMap.of("top1_k10", 34.5)));
    }
  }

  private static List<Event> read(Path file) {
    List<Event> events = new ArrayList<>();
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Operand<?> records = // the library's own takes version 2, which has no iterator in 2.18
          tf.scope()
              .opBuilder("TFRecordDataset", "records")
              .addInput(tf.constant(file.toString()).asOutput())
              .addInput(tf.constant("").asOutput())
              .addInput(tf.constant(0L).asOutput())
              .build()
              .<TType>output(0);
      Operand<?> iterator =
          tf.data.iterator("", "", List.of(TString.class), List.of(Shape.scalar()));
      MakeIterator start = tf.data.makeIterator(records, iterator);
      Operand<?> next =
          tf.data
              .iteratorGetNext(iterator, List.of(TString.class), List.of(Shape.scalar()))
              .components()
              .get(0);
      session.run(start);
      while (true) {
        try (Result result = session.runner().fetch(next).run()) {
          events.add(Event.parseFrom(((TString) result.get(0)).asBytes().getObject()));
        } catch (TFOutOfRangeException e) {
          return events;
        }
      }
    } catch (IOException e) {
      throw new AssertionError(file + " holds what is no event", e);
    }
  }

  private static List<Summary.Value> values(String tag) {
    return SESSIONS.stream()
        .flatMap(List::stream)
        .flatMap(event -> event.getSummary().getValueList().stream())
        .filter(value -> value.getTag().equals(tag))
        .toList();
  }

  @Test
  void eachSessionIsAFileThatTellsWhereItGoesOn() {
    assertEquals(2, SESSIONS.size());
    for (List<Event> events : SESSIONS) {
      assertEquals("brain.Event:2", events.get(0).getFileVersion());
      assertEquals(SessionStatus.START, events.get(1).getSessionLog().getStatus());
      assertTrue(events.get(0).getWallTime() > 1.6e9);
    }
    assertEquals(1, SESSIONS.get(0).get(1).getStep());
    assertEquals(3, SESSIONS.get(1).get(1).getStep());
  }

  @Test
  void scalarsAreThoseOfTheLog() throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<String> lines = Files.readAllLines(run.resolve("log.jsonl"));
    assertTrue(lines.size() >= 4, lines::toString);
    Map<String, String> keys =
        Map.of(
            "loss/loss", "loss",
            "loss/kl", "kl",
            "loss/teacher_entropy", "teacher_entropy",
            "loss/mean_entropy", "mean_entropy",
            "gradient_norm", "gradient_norm",
            "schedule/learning_rate", "learning_rate",
            "schedule/weight_decay", "weight_decay",
            "schedule/momentum", "momentum",
            "schedule/teacher_temperature", "teacher_temperature",
            "speed/data_wait", "data_wait");
    for (Map.Entry<String, String> entry : keys.entrySet()) {
      List<Summary.Value> values = values(entry.getKey());
      assertEquals(lines.size(), values.size(), entry.getKey());
      for (int i = 0; i < lines.size(); i++) {
        JsonNode line = json.readTree(lines.get(i));
        assertEquals((float) line.get(entry.getValue()).asDouble(), values.get(i).getSimpleValue());
      }
    }
    assertTrue(values("speed/data_wait").stream().allMatch(v -> v.getSimpleValue() >= 0));
    assertTrue(values("speed/data_wait").stream().allMatch(v -> v.getSimpleValue() < 1));
  }

  @Test
  void settingsAreText() {
    Summary.Value settings = values("settings").get(0);
    assertEquals("text", settings.getMetadata().getPluginData().getPluginName());
    String text = settings.getTensor().getStringVal(0).toStringUtf8();
    assertTrue(text.contains("\n    batch_size_per_gpu: 2\n"), text);
  }

  @Test
  void accuraciesAreThere() {
    assertEquals(34.5f, values("knn/top1_k10").get(0).getSimpleValue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"views", "attention"})
  void picturesAreWhole(String tag) throws IOException {
    List<Summary.Value> maps = values(tag);
    assertEquals(1, maps.size());
    Summary.Image image = maps.get(0).getImage();
    BufferedImage picture = ImageIO.read(image.getEncodedImageString().newInput());
    assertNotNull(picture);
    assertEquals(image.getWidth(), picture.getWidth());
    assertEquals(image.getHeight(), picture.getHeight());
  }

  @Test
  void whatCannotBeWrittenIsSaidOnceAndWrittenAgainLater() throws IOException {
    Path folder = directory.resolve("in the way");
    Files.createFile(folder);
    List<String> messages = new ArrayList<>();
    EventFile file = new EventFile(folder, 0, messages::add, Clock.systemUTC());
    file.scalar(1, "loss", 5);
    file.scalar(2, "loss", 4);
    assertEquals(1, messages.size(), messages::toString);
    assertTrue(messages.get(0).contains("training goes on"), messages::toString);

    Files.delete(folder);
    file.scalar(3, "loss", 3);
    file.scalar(4, "loss", 2);
    assertEquals(2, messages.size(), messages::toString);
    try (Stream<Path> files = Files.list(folder)) {
      List<Event> events = read(files.findFirst().orElseThrow());
      assertEquals(4, events.size());
      assertEquals("brain.Event:2", events.get(0).getFileVersion());
      assertEquals(3, events.get(2).getStep());
    }
  }

  @Test
  void sessionsOfOneSecondHaveFilesOfTheirOwn() throws IOException {
    Path folder = directory.resolve("one second");
    Clock clock = Clock.fixed(Instant.ofEpochSecond(1_800_000_000), ZoneOffset.UTC);
    for (int session = 0; session < 3; session++) {
      new EventFile(folder, session, message -> assertFalse(true, message), clock)
          .scalar(session + 1, "loss", session);
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Float> inOrder =
          files
              .sorted()
              .map(file -> read(file).get(2).getSummary().getValue(0).getSimpleValue())
              .toList();
      assertEquals(List.of(0f, 1f, 2f), inOrder);
    }
  }
}
