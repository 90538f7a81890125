package org.dinojvm.explore.index;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import com.google.common.hash.Hashing;
import com.google.common.io.Closer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.IndexWriterConfig.OpenMode;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.LockObtainFailedException;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.ImageFolder.SkippedFile;
import org.dinojvm.data.source.Progress;
import org.dinojvm.data.source.ScanFile;
import org.dinojvm.eval.FeatureExtractor;
import org.dinojvm.eval.math.UnitRows;
import org.dinojvm.serve.FeatureModel;
import org.tensorflow.exceptions.TFInvalidArgumentException;

/**
 * Makes an index the mirror of its pictures: embeds what is new or changed, drops what is gone.
 *
 * <p>A picture is one document under its name, replaced in one operation of Lucene's, and what is
 * done is committed every {@value #SECONDS_BETWEEN_COMMITS} seconds; so an update that is killed
 * loses the last of these and no more, holds no picture twice, and the next one goes on from there.
 */
public final class IndexUpdate {

  private static final int SECONDS_BETWEEN_COMMITS = 20;

  /** Lucene's memory for documents that are not written yet. */
  static final double BUFFER_MEGABYTES = 128;

  private static final String SCAN = "scan.tsv.gz";

  private final Path folder;
  private final FeatureModel model;
  private final IndexDescription description;
  private final Progress progress;
  private final Duration betweenCommits;

  private int added;
  private int changed;
  private int unchanged;
  private final List<SkippedFile> unreadable = new ArrayList<>();

  /** The index as it was; its features serve for pictures that were renamed or only touched. */
  private Optional<PictureIndex> before = Optional.empty();

  /**
   * Prepares an update.
   *
   * @param folder of the index, new, empty or of the same pictures and model
   * @param model to embed with, which stays the caller's to close
   * @param progress hears of pictures that were embedded; may cancel
   */
  public IndexUpdate(
      Path folder, FeatureModel model, IndexDescription description, Progress progress) {
    this(folder, model, description, progress, Duration.ofSeconds(SECONDS_BETWEEN_COMMITS));
  }

  IndexUpdate(
      Path folder,
      FeatureModel model,
      IndexDescription description,
      Progress progress,
      Duration betweenCommits) {
    this.folder = folder;
    this.model = model;
    this.description = description;
    this.progress = progress;
    this.betweenCommits = betweenCommits;
  }

  /** Where an index keeps what the scan of its pictures found. */
  public static ScanFile scanFile(Path folder) {
    return new ScanFile(folder.resolve(SCAN));
  }

  /**
   * Creates the folder of an index, or checks one that is there.
   *
   * @throws IllegalArgumentException if it holds other files
   */
  public static void prepareFolder(Path folder) throws IOException {
    checkArgument(
        !Files.exists(folder) || Files.isDirectory(folder),
        "%s is a file; --output names the folder of an index",
        folder);
    Files.createDirectories(folder);
    try (Stream<Path> children = Files.list(folder)) {
      checkArgument(
          children.map(child -> child.getFileName().toString()).allMatch(IndexUpdate::isOwn),
          "%s holds other files and no index; choose a new or empty folder as --output",
          folder);
    }
  }

  /** Whether Lucene or a scan makes files of such a name, whole or not. */
  private static boolean isOwn(String name) {
    return name.startsWith("_")
        || name.startsWith("segments")
        || name.startsWith("pending_segments")
        || name.equals(IndexWriter.WRITE_LOCK_NAME)
        || name.startsWith(SCAN)
        || name.startsWith("." + SCAN);
  }

  /**
   * Brings the index up to date.
   *
   * @param pictures all that it shall hold
   * @throws IllegalArgumentException if it is of other pictures, of another model, or another
   *     process is updating it
   */
  public IndexChanges run(ImageFolder pictures) throws IOException {
    prepareFolder(folder);
    try (Closer closer = Closer.create()) {
      FSDirectory directory = closer.register(FSDirectory.open(folder));
      if (DirectoryReader.indexExists(directory)) {
        before = Optional.of(closer.register(PictureIndex.open(folder)));
        before.get().description().checkContinues(folder, description);
      }
      return run(directory, pictures);
    }
  }

  private IndexChanges run(FSDirectory directory, ImageFolder pictures) throws IOException {
    Map<String, IndexedPicture> known = new HashMap<>();
    if (before.isPresent()) {
      before.get().pictures().forEach(picture -> known.put(picture.name(), picture));
    }
    try (IndexWriter writer = new IndexWriter(directory, config())) {
      writer.setLiveCommitData(description.commitData().entrySet());
      writer.commit();
      update(writer, pictures, known);
      writer.commit();
    } catch (LockObtainFailedException e) {
      throw new IllegalArgumentException(
          "another process is updating %s: wait for it, or stop it".formatted(folder), e);
    }
    int removed = known.size() - changed - unchanged;
    return new IndexChanges(added, changed, unchanged, removed, ImmutableList.copyOf(unreadable));
  }

  private IndexWriterConfig config() {
    return new IndexWriterConfig()
        .setOpenMode(OpenMode.CREATE_OR_APPEND)
        .setCodec(VectorCodec.of(description.quantized()))
        .setRAMBufferSizeMB(BUFFER_MEGABYTES)
        .setCommitOnClose(false);
  }

  private void update(IndexWriter writer, ImageFolder pictures, Map<String, IndexedPicture> known)
      throws IOException {
    Map<String, IndexedPicture> gone = new HashMap<>(known);
    List<Waiting> waiting = new ArrayList<>();
    for (Picture picture : pictures.pictures()) {
      Optional<IndexedPicture> now = look(pictures, picture);
      if (now.isEmpty()) {
        continue; // read by the scan, but gone since: not in the index either
      }
      IndexedPicture old = known.get(now.get().name());
      gone.remove(now.get().name());
      if (old != null && old.looksLike(now.get())) {
        unchanged++;
      } else {
        waiting.add(new Waiting(picture, now.get(), Optional.ofNullable(old)));
      }
    }
    for (String name : gone.keySet()) {
      writer.deleteDocuments(PictureDocument.key(name));
    }
    embedAll(writer, waiting);
  }

  /** A picture to be embedded, unless one with its bytes was. */
  private record Waiting(Picture picture, IndexedPicture now, Optional<IndexedPicture> before) {}

  private Optional<IndexedPicture> look(ImageFolder pictures, Picture picture) {
    try {
      return Optional.of(IndexedPicture.of(description.root(), pictures, picture, ""));
    } catch (IOException e) {
      unreadable.add(new SkippedFile(picture.name(), "cannot be read any more"));
      return Optional.empty();
    }
  }

  private void embedAll(IndexWriter writer, List<Waiting> waiting) throws IOException {
    int done = 0;
    long lastCommit = System.nanoTime();
    for (List<Waiting> batch : Lists.partition(waiting, FeatureExtractor.BATCH)) {
      embedBatch(writer, batch);
      done += batch.size();
      if (System.nanoTime() - lastCommit >= betweenCommits.toNanos()) {
        writer.commit();
        lastCommit = System.nanoTime();
      }
      progress.report(done, waiting.size());
    }
  }

  private void embedBatch(IndexWriter writer, List<Waiting> batch) throws IOException {
    List<Waiting> readable = new ArrayList<>();
    List<byte[]> contents = new ArrayList<>();
    List<String> hashes = new ArrayList<>();
    for (Waiting one : batch) {
      try {
        byte[] content = one.picture.read();
        String hash = Hashing.sha256().hashBytes(content).toString();
        if (!putKnown(writer, one, hash)) {
          contents.add(content);
          hashes.add(hash);
          readable.add(one);
        }
      } catch (IOException e) {
        drop(writer, one);
      }
    }
    if (readable.isEmpty()) {
      return;
    }
    try {
      float[][] unit = UnitRows.of(model.embed(contents));
      for (int i = 0; i < unit.length; i++) {
        put(writer, readable.get(i), hashes.get(i), unit[i]);
      }
    } catch (TFInvalidArgumentException e) {
      embedEach(writer, readable, contents, hashes);
    }
  }

  /** Whether the index had a picture with the same bytes, so that it need not be embedded. */
  private boolean putKnown(IndexWriter writer, Waiting one, String hash) throws IOException {
    if (before.isEmpty()) {
      return false;
    }
    Optional<float[]> unit = before.get().vectorOf(hash);
    if (unit.isPresent()) {
      put(writer, one, hash, unit.get());
    }
    return unit.isPresent();
  }

  /** A batch fails as a whole where a file is no picture any more: one at a time tells which. */
  private void embedEach(
      IndexWriter writer, List<Waiting> readable, List<byte[]> contents, List<String> hashes)
      throws IOException {
    for (int i = 0; i < readable.size(); i++) {
      try {
        float[][] unit = UnitRows.of(model.embed(List.of(contents.get(i))));
        put(writer, readable.get(i), hashes.get(i), unit[0]);
      } catch (TFInvalidArgumentException e) {
        drop(writer, readable.get(i));
      }
    }
  }

  private void put(IndexWriter writer, Waiting one, String hash, float[] unit) throws IOException {
    Term key = PictureDocument.key(one.now.name());
    writer.updateDocument(key, PictureDocument.of(one.now.withContentHash(hash), unit));
    if (one.before.isEmpty()) {
      added++;
    } else if (one.before.get().contentHash().equals(hash)) {
      unchanged++;
    } else {
      changed++;
    }
  }

  private void drop(IndexWriter writer, Waiting one) throws IOException {
    writer.deleteDocuments(PictureDocument.key(one.now.name()));
    unreadable.add(new SkippedFile(one.picture.name(), "cannot be read any more"));
  }
}
