package org.dinojvm.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.data.augment.MultiCropViews;
import org.dinojvm.data.augment.Normalization;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.ImageFolder.SkippedFile;
import org.dinojvm.data.source.PictureDecoder;
import org.dinojvm.data.source.RecordWriter;
import org.dinojvm.data.source.Records;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/** Lists of files, TFRecords, and the shares of several workers. */
class SourcesTest {

  private static final MultiCrop CROPS =
      MultiCrop.published()
          .with(PlainViews.NO_AUGMENTATIONS)
          .with(Map.of("global_crops_size", 8, "local_crops_number", 0));

  @TempDir Path root;
  private Path pictures;

  @BeforeEach
  void makePictures() throws IOException {
    pictures = root.resolve("pictures");
    for (int i = 0; i < 7; i++) {
      String name = "%s/%d.png".formatted(i % 2 == 0 ? "ant" : "bee", i);
      TestPictures.write(pictures.resolve(name), "png", 20 + i, 30);
    }
  }

  @Test
  void listsNameFilesFromTheirOwnFolder() throws IOException {
    Path list = Files.writeString(pictures.resolve("some.txt"), "bee/1.png\n\nant/0.png\ngone\n");
    ImageFolder listed = Records.open(list);
    assertEquals(
        List.of("1.png", "0.png"),
        listed.pictures().stream().map(p -> p.file().getFileName().toString()).toList());
    assertEquals(1, listed.skipped().size());
  }

  /** A pipe has no end while nobody closes its other side. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  @Timeout(60)
  void pipesAndFoldersInAListAreSkipped() throws Exception {
    Path pipe = pipe(pictures.resolve("pipe.jpg"));
    Path list = Files.writeString(pictures.resolve("some.txt"), "bee/1.png\npipe.jpg\nant\n");
    assertEquals(
        List.of(
            new SkippedFile(pictures.resolve("ant"), "a folder"),
            new SkippedFile(pipe, "no regular file")),
        Records.open(list).skipped());
    assertThrows(IllegalArgumentException.class, () -> Records.open(pipe));
    Path shard = pipe(root.resolve("pipe.tfrecord"));
    assertThrows(IllegalArgumentException.class, () -> Records.open(shard));
  }

  private static Path pipe(Path file) throws Exception {
    assertEquals(0, new ProcessBuilder("mkfifo", file.toString()).start().waitFor());
    return file;
  }

  @Test
  void refusesAFileThatIsNoList() throws IOException {
    Path file = Files.write(root.resolve("odd"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Records.open(file));
    assertTrue(e.getMessage().startsWith("neither a folder nor a list"), e.getMessage());
  }

  @Test
  void recordsHoldWhatTheFolderHolds() throws IOException {
    ImageFolder folder = ImageFolder.scan(pictures);
    Path shards = root.resolve("records");
    RecordWriter.write(folder, shards, 3);

    ImageFolder read = Records.open(shards);

    assertEquals(folder.classes(), read.classes());
    assertEquals(contents(folder), contents(read));
    assertEquals(3, files(shards).size());
    assertEquals(contents(read), contents(Records.open(shards.resolve("*.tfrecord"))));
    assertEquals(List.of("pictures", "records"), files(root)); // nothing is left aside
  }

  @Test
  void recordsTrainAsFilesDo() throws IOException {
    Path records = root.resolve("records");
    ImageFolder folder = ImageFolder.scan(pictures);
    RecordWriter.write(folder, records, 1); // one shard keeps the order
    PipelineSettings decodedEachTime = new PipelineSettings(2, 1, 5, 2, 0);
    List<float[]> fromFiles = globalCrops(folder, CROPS, decodedEachTime, 1, 4);
    List<float[]> fromRecords = globalCrops(Records.open(records), CROPS, decodedEachTime, 1, 4);
    PipelineSettings decodedOnce =
        new PipelineSettings(2, 1, 5, 2, PipelineSettings.DEFAULT_MEMORY);
    List<float[]> kept = globalCrops(Records.open(records), CROPS, decodedOnce, 1, 4);
    for (int i = 0; i < fromFiles.size(); i++) {
      assertArrayEquals(fromFiles.get(i), fromRecords.get(i));
      assertArrayEquals(fromFiles.get(i), kept.get(i));
    }
  }

  /**
   * The crops of a JPEG of 70 pixels keep twice their 8 pixels when it is halved, but not twice.
   */
  @Test
  void draftsTrainAsPicturesOfHalfTheSize() throws IOException {
    for (int i = 0; i < 4; i++) {
      Path jpeg = TestPictures.write(root.resolve("jpegs/%d.jpg".formatted(i)), "jpg", 70 + i, 101);
      halved(jpeg, root.resolve("halves/%d.png".formatted(i)));
    }
    MultiCrop drafts = CROPS.with(Map.of("jpeg_draft", true));
    for (long memory : new long[] {0, PipelineSettings.DEFAULT_MEMORY}) {
      PipelineSettings settings = new PipelineSettings(2, 1, 5, 2, memory);
      ImageFolder jpegs = ImageFolder.scan(root.resolve("jpegs"));
      ImageFolder halves = ImageFolder.scan(root.resolve("halves"));
      List<float[]> expected = globalCrops(halves, CROPS, settings, 0, 4);
      List<float[]> actual = globalCrops(jpegs, drafts, settings, 0, 4);
      for (int i = 0; i < expected.size(); i++) {
        assertArrayEquals(expected.get(i), actual.get(i));
      }
      assertFalse(Arrays.equals(actual.get(0), globalCrops(jpegs, CROPS, settings, 0, 1).get(0)));
    }
  }

  private static void halved(Path jpeg, Path png) throws IOException {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Operand<TUint8> half =
          PictureDecoder.decode(tf, tf.io.readFile(tf.constant(jpeg.toString())), tf.constant(1));
      Files.createDirectories(png.getParent());
      session
          .runner()
          .addTarget(tf.io.writeFile(tf.constant(png.toString()), tf.image.encodePng(half)))
          .run()
          .close();
    }
  }

  @Test
  void damagedRecordsAreSkipped() throws IOException {
    Path records = root.resolve("records");
    RecordWriter.write(ImageFolder.scan(pictures), records, 2);
    Path first = records.resolve(files(records).get(0));
    try (RandomAccessFile file = new RandomAccessFile(first.toFile(), "rw")) {
      file.setLength(file.length() - 3);
    }
    ImageFolder read = Records.open(records);
    assertEquals(6, read.pictures().size());
    assertEquals(
        "from record 3 on: ends in the middle of a record", read.skipped().get(0).reason());
  }

  @Test
  void workersShareAnEpochWithoutOverlap() throws IOException {
    ImageFolder folder = ImageFolder.scan(pictures);
    for (int epoch = 0; epoch < 2; epoch++) {
      Set<Long> all = new TreeSet<>();
      List<Long> each = new ArrayList<>();
      for (int worker = 0; worker < 3; worker++) {
        PipelineSettings settings = new PipelineSettings(2, 1, 5, 1, 0).onWorker(worker, 3);
        each.addAll(indices(folder, settings, epoch, 1)); // 7 pictures: a step of 3 · 2 an epoch
      }
      all.addAll(each);
      assertEquals(6, each.size());
      assertEquals(6, all.size(), each.toString());
    }
    assertThrows(IllegalArgumentException.class, () -> PipelineSettings.of(2, 0).onWorker(3, 3));
  }

  @Test
  void tooManySkippedFilesAreRefused() throws IOException {
    for (int i = 0; i < 3; i++) {
      Files.writeString(pictures.resolve("notes" + i), "no picture");
    }
    ImageFolder folder = ImageFolder.scan(pictures);
    assertEquals(folder, folder.checkSkipped(0.3));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> folder.checkSkipped(0.29));
    assertTrue(e.getMessage().startsWith("3 of 10 files in "), e.getMessage());
  }

  private static Set<String> contents(ImageFolder folder) throws IOException {
    ImmutableSet.Builder<String> contents = ImmutableSet.builder();
    for (Picture picture : folder.pictures()) {
      contents.add(picture.label() + Arrays.toString(picture.read()));
    }
    return contents.build();
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    }
  }

  private static List<Long> indices(
      ImageFolder folder, PipelineSettings settings, long step, int count) throws IOException {
    List<Long> indices = new ArrayList<>();
    run(
        folder,
        CROPS,
        settings,
        step,
        count,
        batch -> {
          TInt64 drawn = (TInt64) batch.get(0);
          LongStream.range(0, drawn.size()).forEach(i -> indices.add(drawn.getLong(i)));
        });
    return indices;
  }

  private static List<float[]> globalCrops(
      ImageFolder folder, MultiCrop crops, PipelineSettings settings, long step, int count)
      throws IOException {
    List<float[]> batches = new ArrayList<>();
    run(
        folder,
        crops,
        settings,
        step,
        count,
        batch -> {
          TFloat32 views = (TFloat32) batch.get(1);
          float[] values = new float[(int) views.size()];
          views.asRawTensor().data().asFloats().read(values);
          batches.add(values);
        });
    return batches;
  }

  private interface BatchUser {
    void use(Result batch);
  }

  private static void run(
      ImageFolder folder,
      MultiCrop crops,
      PipelineSettings settings,
      long step,
      int count,
      BatchUser user)
      throws IOException {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      ImagePipeline pipeline =
          new ImagePipeline(
              Ops.create(graph),
              folder,
              new MultiCropViews(crops, Normalization.published()),
              settings);
      pipeline.start(session, step);
      for (int i = 0; i < count; i++) {
        try (Result batch =
            session.runner().fetch(pipeline.indices()).fetch(pipeline.globalCrops()).run()) {
          user.use(batch);
        }
      }
    }
  }
}
