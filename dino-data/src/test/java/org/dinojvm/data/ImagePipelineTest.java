package org.dinojvm.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.data.augment.MultiCropViews;
import org.dinojvm.data.augment.Normalization;
import org.dinojvm.data.source.ImageFolder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;

class ImagePipelineTest {

  private static final int PICTURES = 10;
  private static final int BATCH = 4;
  private static final PipelineSettings SETTINGS =
      new PipelineSettings(BATCH, 1, 17, 1, PipelineSettings.DEFAULT_MEMORY);
  private static final MultiCrop CROPS =
      MultiCrop.published()
          .with(Map.of("global_crops_size", 16, "local_crops_size", 9, "local_crops_number", 3));

  /** Without augmentations, which XLA takes seconds to compile. */
  private static final MultiCrop PLAIN = CROPS.with(PlainViews.NO_AUGMENTATIONS);

  @TempDir static Path root;
  private static ImageFolder folder;

  /** What never happens is not compiled; the smallest probability is, and happens to no view. */
  @Test
  void augmentationsThatNeverHappenLeaveTheViewsAlone() {
    MultiCrop hardlyEver = CROPS.with(PlainViews.augmentations(Float.MIN_VALUE));
    assertEquals(batches(hardlyEver, SETTINGS, 0, 2), batches(PLAIN, SETTINGS, 0, 2));
  }

  @BeforeAll
  static void makePictures() throws IOException {
    folder = TestPictures.folder(root.resolve("pictures with \u00fcml\u00e4uts"), PICTURES);
  }

  /** A batch: its pictures, and a hash of every bit of its views. */
  private record Batch(List<Long> indices, String views) {}

  @Test
  void yieldsCropMajorBatches() {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      ImagePipeline pipeline =
          new ImagePipeline(
              Ops.create(graph),
              folder,
              new MultiCropViews(CROPS, Normalization.published()),
              SETTINGS);
      assertEquals(2, SETTINGS.stepsPerEpoch(folder));
      assertEquals(Shape.of(2 * BATCH, 16, 16, 3), pipeline.globalCrops().shape());
      assertEquals(Shape.of(3 * BATCH, 9, 9, 3), pipeline.localCrops().orElseThrow().shape());
      assertEquals(Shape.of(BATCH), pipeline.indices().shape());
      pipeline.start(session, 0);
      try (Result result =
          session.runner().fetch(pipeline.globalCrops()).fetch(pipeline.indices()).run()) {
        assertEquals(Shape.of(2 * BATCH, 16, 16, 3), result.get(0).shape());
      }
    }
  }

  @Test
  void repeatsWhateverTheThreadsAndTheMemory() {
    List<Batch> batches = batches(CROPS, SETTINGS, 0, 5);
    assertEquals(batches, batches(CROPS, SETTINGS, 0, 5));
    assertEquals(batches, batches(CROPS, new PipelineSettings(BATCH, 1, 17, 2, 1L << 30), 0, 5));
    assertEquals(batches, batches(CROPS, new PipelineSettings(BATCH, 1, 17, 2, 0), 0, 5));
  }

  @Test
  void anotherSeedGivesOtherBatches() {
    PipelineSettings other = new PipelineSettings(BATCH, 1, 18, 1, PipelineSettings.DEFAULT_MEMORY);
    assertNotEquals(batches(PLAIN, SETTINGS, 0, 1), batches(PLAIN, other, 0, 1));
  }

  @Test
  void resumesInTheMiddleOfAnEpoch() {
    assertEquals(batches(CROPS, SETTINGS, 0, 6).subList(3, 6), batches(CROPS, SETTINGS, 3, 3));
  }

  @Test
  void everyEpochVisitsPicturesOnceInAnOrderOfItsOwn() {
    PipelineSettings single = new PipelineSettings(1, 1, 3, 1, PipelineSettings.DEFAULT_MEMORY);
    List<Long> visits =
        batches(PLAIN, single, 0, 2 * PICTURES).stream().map(b -> b.indices.get(0)).toList();
    List<Long> first = visits.subList(0, PICTURES);
    List<Long> second = visits.subList(PICTURES, 2 * PICTURES);
    List<Long> all = IntStream.range(0, PICTURES).mapToObj(i -> (long) i).toList();
    assertEquals(all, first.stream().sorted().toList());
    assertEquals(all, second.stream().sorted().toList());
    assertNotEquals(first, second);
  }

  /** Ten pictures are two batches of four, but only one step of two batches of three. */
  @Test
  void anEpochIsWholeStepsOfSeveralBatches() {
    PipelineSettings pairs = new PipelineSettings(3, 2, 17, 1, PipelineSettings.DEFAULT_MEMORY);
    List<Batch> batches = batches(PLAIN, pairs, 0, 6);
    for (int step = 0; step < 3; step++) {
      List<Long> pictures = new ArrayList<>(batches.get(2 * step).indices);
      pictures.addAll(batches.get(2 * step + 1).indices);
      assertEquals(6, pictures.stream().distinct().count());
    }
    assertEquals(batches.subList(2, 4), batches(PLAIN, pairs, 1, 2));
  }

  @Test
  void viewsOfAPictureChangeWithTheEpoch() throws IOException {
    ImageFolder one = TestPictures.folder(root.resolve("one"), 1);
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      PipelineSettings single = new PipelineSettings(1, 1, 3, 1, PipelineSettings.DEFAULT_MEMORY);
      ImagePipeline pipeline =
          new ImagePipeline(
              Ops.create(graph), one, new MultiCropViews(PLAIN, Normalization.published()), single);
      pipeline.start(session, 0);
      assertNotEquals(next(session, pipeline), next(session, pipeline));
    }
  }

  /** Decoded each time, and decoded once when the pipeline starts. */
  @ParameterizedTest
  @ValueSource(longs = {0, PipelineSettings.DEFAULT_MEMORY})
  void anotherPictureTakesThePlaceOfOneThatCannotBeRead(long memory) throws IOException {
    ImageFolder scanned = TestPictures.folder(root.resolve("lossy" + memory), 5);
    Files.delete(scanned.pictures().get(1).file());
    Files.write(scanned.pictures().get(3).file(), new byte[] {1, 2, 3});
    PipelineSettings single = new PipelineSettings(1, 1, 3, 2, memory);
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      ImagePipeline pipeline =
          new ImagePipeline(
              Ops.create(graph),
              scanned,
              new MultiCropViews(PLAIN, Normalization.published()),
              single);
      pipeline.start(session, 0);
      List<Long> drawn = new ArrayList<>();
      List<Long> unreadable = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        try (Result result =
            session.runner().fetch(pipeline.indices()).fetch(pipeline.unreadable()).run()) {
          drawn.add(((TInt64) result.get(0)).getLong(0));
          unreadable.add(((TInt64) result.get(1)).getLong(0));
        }
      }
      for (int epoch = 0; epoch < 2; epoch++) {
        List<Long> lacks = unreadable.subList(5 * epoch, 5 * epoch + 5);
        assertEquals(List.of(-1L, -1L, -1L, 1L, 3L), lacks.stream().sorted().toList());
        List<Long> has = drawn.subList(5 * epoch, 5 * epoch + 5);
        assertEquals(Set.of(0L, 2L, 4L), Set.copyOf(has));
      }
    }
  }

  @Test
  void doesWithoutLocalCrops() {
    MultiCrop global = PLAIN.with(Map.of("local_crops_number", 0));
    assertEquals(2, batches(global, SETTINGS, 0, 2).size());
  }

  @Test
  void refusesBatchesLargerThanTheFolder() {
    try (Graph graph = new Graph()) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  new ImagePipeline(
                      Ops.create(graph),
                      folder,
                      new MultiCropViews(CROPS, Normalization.published()),
                      PipelineSettings.of(PICTURES + 1, 0)));
      assertEquals(
          "a batch of 11 is larger than the data set of 10 pictures in %s; lower --batch_size_per_gpu"
              .formatted(folder.root()),
          e.getMessage());
    }
  }

  private static List<Batch> batches(
      MultiCrop crops, PipelineSettings settings, long step, int count) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      ImagePipeline pipeline =
          new ImagePipeline(
              Ops.create(graph),
              folder,
              new MultiCropViews(crops, Normalization.published()),
              settings);
      pipeline.start(session, step);
      List<Batch> batches = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        batches.add(next(session, pipeline));
      }
      return batches;
    }
  }

  private static Batch next(Session session, ImagePipeline pipeline) {
    Session.Runner runner =
        session.runner().fetch(pipeline.indices()).fetch(pipeline.globalCrops());
    pipeline.localCrops().ifPresent(runner::fetch);
    try (Result result = runner.run()) {
      List<Long> indices = new ArrayList<>();
      ((TInt64) result.get(0)).scalars().forEach(index -> indices.add(index.getLong()));
      Hasher views = Hashing.sha256().newHasher();
      for (int i = 1; i < result.size(); i++) {
        views.putBytes(bytes(result.get(i)));
      }
      return new Batch(indices, views.hash().toString());
    }
  }

  private static byte[] bytes(Tensor tensor) {
    byte[] bytes = new byte[(int) tensor.asRawTensor().numBytes()];
    tensor.asRawTensor().data().read(bytes);
    return bytes;
  }
}
