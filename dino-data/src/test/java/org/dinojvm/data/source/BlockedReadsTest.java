package org.dinojvm.data.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dinojvm.data.ImagePipeline;
import org.dinojvm.data.PipelineSettings;
import org.dinojvm.data.PlainViews;
import org.dinojvm.data.TestPictures;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.data.augment.MultiCropViews;
import org.dinojvm.data.augment.Normalization;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.ImageFolder.SkippedFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;

/** Named pipes that nobody writes to, in place of pictures. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(120)
class BlockedReadsTest {

  private static final Duration SHORT = Duration.ofMillis(50);

  @TempDir Path root;

  @Test
  void aReadThatWaitsFindsAnEmptyFile() throws Exception {
    List<Path> pipes = List.of(pipe("a"), pipe("b"));
    List<String> warnings = new ArrayList<>();
    BlockedReads reads = new BlockedReads(pipes, warnings::add, SHORT);
    for (int again = 0; again < 2; again++) {
      for (Path pipe : pipes) {
        // Open for writing in the watch: a read that follows would wait for what is written.
        assertEquals(0, reads.<Long, IOException>run(() -> sizeOfOpened(pipe)));
      }
    }
    assertEquals(List.of(), warnings);
  }

  private static long sizeOfOpened(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return channel.size();
    }
  }

  @Test
  void filesAreReadAndOtherThingsRefused() throws Exception {
    Path file = Files.write(root.resolve("file"), new byte[] {1, 2, 3});
    assertArrayEquals(new byte[] {1, 2, 3}, RegularFiles.read(file));
    assertArrayEquals(new byte[] {1, 2}, RegularFiles.start(file, 2));
    assertArrayEquals(new byte[] {2, 3}, RegularFiles.read(file, 1, 2));
    assertThrows(IOException.class, () -> RegularFiles.read(file, 2, 2));
    Picture pipe = new Picture(pipe("pipe"), 0, 1, 1);
    assertThrows(UnusableFileException.class, pipe::read);
    Picture device = new Picture(Path.of("/dev/zero"), 0, 1, 1);
    assertEquals(
        List.of(
            new SkippedFile(pipe.file(), "no regular file"),
            new SkippedFile(device.file(), "no regular file")),
        ImageFolder.check(List.of(pipe, device)));
  }

  /** Decoded each time, and decoded once when the pipeline starts. */
  @Test
  void aPictureThatBecomesAPipeIsReplaced() throws Exception {
    ImageFolder folder = TestPictures.folder(root.resolve("pictures"), 5);
    Path lost = folder.pictures().get(2).file();
    Files.delete(lost);
    pipe("pictures/" + lost.getFileName());
    for (long memory : new long[] {0, PipelineSettings.DEFAULT_MEMORY}) {
      assertEquals(List.of(-1L, -1L, -1L, -1L, 2L), unreadable(folder, memory));
    }
  }

  /** In an epoch, sorted. */
  private static List<Long> unreadable(ImageFolder folder, long memory) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      MultiCropViews views =
          new MultiCropViews(
              MultiCrop.published()
                  .with(PlainViews.NO_AUGMENTATIONS)
                  .with(Map.of("global_crops_size", 8, "local_crops_number", 0)),
              Normalization.published());
      ImagePipeline pipeline =
          new ImagePipeline(
              Ops.create(graph), folder, views, new PipelineSettings(1, 1, 3, 2, memory));
      pipeline.start(session, 0);
      List<Long> unreadable = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        try (Result result =
            pipeline.reading(() -> session.runner().fetch(pipeline.unreadable()).run())) {
          unreadable.add(((TInt64) result.get(0)).getLong(0));
        }
      }
      return unreadable.stream().sorted().toList();
    }
  }

  private Path pipe(String name) throws Exception {
    Path file = root.resolve(name);
    assertEquals(0, new ProcessBuilder("mkfifo", file.toString()).start().waitFor());
    return file;
  }
}
