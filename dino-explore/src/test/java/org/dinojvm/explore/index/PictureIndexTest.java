package org.dinojvm.explore.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.TinyFeatureModel;
import org.dinojvm.explore.index.PictureIndex.Hit;
import org.dinojvm.serve.FeatureModel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureIndexTest {

  private static final int PICTURES = 80; // more than a batch

  @TempDir Path directory;

  private Path data;
  private Path folder;
  private FeatureModel model;

  @BeforeEach
  void writePictures() throws IOException {
    data = directory.resolve("data");
    folder = directory.resolve("index");
    model = new TinyFeatureModel();
    for (int i = 0; i < PICTURES; i++) {
      PictureFiles.disc(file(i), color(i), 40, 40);
    }
  }

  @AfterEach
  void close() {
    model.close();
  }

  private Path file(int i) {
    return data.resolve((i % 2 == 0 ? "even/" : "odd/") + i + ".png");
  }

  private static Color color(int i) {
    return new Color(i % 6 * 50, i / 6 % 5 * 60, i / 30 * 50);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void findsWhatAnExactSearchFinds(boolean quantized) throws IOException {
    IndexChanges changes = update(quantized, Progress.NONE);

    assertEquals(new IndexChanges(PICTURES, 0, 0, 0, changes.unreadable()), changes);
    try (PictureIndex index = PictureIndex.open(folder)) {
      assertEquals(PICTURES, index.size());
      assertEquals(1, Recall.of(index, 10, 100, 0).recall());
      Hit hit = index.search(model.embed(file(77)), 3).get(0);
      assertEquals("odd/77.png", hit.picture().name());
      assertEquals("odd", hit.picture().className());
      assertEquals(1, hit.similarity(), 1e-5);
    }
  }

  @Test
  void mirrorsWhatChanges() throws IOException {
    update(false, Progress.NONE);
    Files.delete(file(3));
    PictureFiles.disc(file(4), Color.WHITE, 41, 41);
    PictureFiles.disc(data.resolve("new.png"), Color.PINK, 50, 50);
    Files.move(file(5), data.resolve("odd/moved.png"));
    Files.setLastModifiedTime(file(6), FileTime.fromMillis(1_000_000));

    IndexChanges changes = update(false, Progress.NONE);

    assertEquals(2, changes.added()); // the new and the moved one
    assertEquals(1, changes.changed());
    assertEquals(2, changes.removed()); // deleted, and the moved one's old name
    assertEquals(PICTURES - 3, changes.unchanged());
    try (PictureIndex index = PictureIndex.open(folder)) {
      assertEquals(PICTURES, index.size());
      List<String> names = index.pictures().stream().map(IndexedPicture::name).toList();
      assertTrue(names.containsAll(List.of("new.png", "odd/moved.png")), names::toString);
      assertTrue(!names.contains("odd/3.png") && !names.contains("odd/5.png"));
      assertEquals(1, index.search(model.embed(file(4)), 1).get(0).similarity(), 1e-5);
      assertEquals(1, Recall.of(index, 10, 50, 0).recall());
    }
    assertEquals(PICTURES, update(false, Progress.NONE).unchanged());
  }

  @Test
  void goesOnAfterItWasEnded() throws IOException {
    Progress ends =
        (done, total) -> {
          throw new CancellationException();
        };
    assertThrows(CancellationException.class, () -> update(false, ends));
    try (PictureIndex index = PictureIndex.open(folder)) {
      assertEquals(64, index.size()); // a batch was committed
    }

    IndexChanges changes = update(false, Progress.NONE);

    assertEquals(64, changes.unchanged());
    assertEquals(PICTURES - 64, changes.added());
    try (PictureIndex index = PictureIndex.open(folder)) {
      Set<String> names = new HashSet<>();
      index.pictures().forEach(picture -> names.add(picture.name()));
      assertEquals(PICTURES, index.size());
      assertEquals(PICTURES, names.size());
    }
  }

  @Test
  void leavesOutWhatIsNoPictureAnyMore() throws IOException {
    ImageFolder scanned = ImageFolder.scan(data);
    Files.writeString(file(8), "no picture");
    Files.delete(file(9));

    IndexChanges changes = updateWith(scanned, false, Progress.NONE);

    assertEquals(PICTURES - 2, changes.size());
    assertEquals(2, changes.unreadable().size());
  }

  @Test
  void refusesOtherPicturesOtherPrecisionAndOtherFolders() throws IOException {
    update(false, Progress.NONE);
    assertMessage("without --quantize", () -> update(true, Progress.NONE));
    Path other = directory.resolve("other");
    PictureFiles.disc(other.resolve("a.png"), Color.RED, 40, 40);
    assertMessage(
        "choose another --output",
        () -> {
          ImageFolder pictures = ImageFolder.scan(other);
          IndexDescription description = IndexDescription.of(other, other, other, model, false);
          new IndexUpdate(folder, model, description, Progress.NONE).run(pictures);
        });
    assertMessage("holds other files", () -> IndexUpdate.prepareFolder(other));
    assertMessage("holds no index", () -> PictureIndex.open(other));
  }

  private static void assertMessage(String part, Executable refused) {
    String message = assertThrows(IllegalArgumentException.class, refused).getMessage();
    assertTrue(message.contains(part), message);
  }

  private IndexChanges update(boolean quantized, Progress progress) throws IOException {
    return updateWith(ImageFolder.scan(data), quantized, progress);
  }

  private IndexChanges updateWith(ImageFolder pictures, boolean quantized, Progress progress)
      throws IOException {
    IndexDescription description =
        IndexDescription.of(data, pictures.root(), data, model, quantized);
    return new IndexUpdate(folder, model, description, progress, Duration.ZERO).run(pictures);
  }
}
