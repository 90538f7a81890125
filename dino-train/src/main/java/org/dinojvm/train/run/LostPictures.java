package org.dinojvm.train.run;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.ImageFolder.SkippedFile;
import org.dinojvm.files.IoFailures;
import org.tensorflow.types.TInt64;

/**
 * Pictures that could be read when the run began and cannot be read any more. Others take their
 * places, so that epochs keep their length; each is reported and listed once.
 */
public final class LostPictures {

  /** Reported one by one; beyond, only each doubling is. */
  private static final int SHOWN = 5;

  /** Looked at to tell a disk that is gone from a picture that is. */
  private static final int SAMPLE = 16;

  private final RunSummary run;
  private final RunFolder folder;
  private final Listeners listeners;
  private final Set<Long> lost = new TreeSet<>();

  public LostPictures(RunSummary run, RunFolder folder, Listeners listeners) {
    this.run = run;
    this.folder = folder;
    this.listeners = listeners;
  }

  /**
   * Takes note of what a batch lacks.
   *
   * @param unreadable {@link org.dinojvm.data.ImagePipeline#unreadable}
   */
  public void add(TInt64 unreadable) {
    List<Long> added =
        LongStream.range(0, unreadable.size())
            .map(unreadable::getLong)
            .filter(index -> index >= 0 && lost.add(index))
            .boxed()
            .toList();
    if (added.isEmpty()) {
      return;
    }
    List<SkippedFile> files = new ArrayList<>();
    for (long index : added) {
      files.add(reason(run.pictures().pictures().get((int) index)));
    }
    report(files);
    try {
      folder.addSkipped(files);
    } catch (IOException e) {
      listeners.warned(IoFailures.reason(e) + "; training goes on");
    }
  }

  private static SkippedFile reason(Picture picture) {
    List<SkippedFile> now = ImageFolder.check(ImmutableList.of(picture));
    return now.isEmpty()
        ? new SkippedFile(picture.name(), "could not be read once during training")
        : now.get(0);
  }

  private void report(List<SkippedFile> files) {
    int before = lost.size() - files.size();
    for (int i = 0; i < files.size(); i++) {
      int number = before + i + 1;
      if (number <= SHOWN || Integer.bitCount(number) == 1) {
        listeners.warned(
            "cannot read %s any more: %s. Another picture takes its place; %s so far, listed in %s"
                .formatted(
                    files.get(i).name(), files.get(i).reason(), number, folder.skippedList()));
      }
    }
  }

  /**
   * Refuses to go on with too few of the pictures.
   *
   * @throws IllegalArgumentException if more than {@code max_skipped} of all files are bad or lost
   */
  public void checkShare() {
    ImageFolder pictures = run.pictures();
    long files = (long) pictures.pictures().size() + pictures.skipped().size();
    long bad = (long) lost.size() + pictures.skipped().size();
    if (!lost.isEmpty() && bad > run.config().run().maxSkipped() * files) {
      throw new IllegalArgumentException(
          "%s of %s files in %s cannot be used, %s of them since the run began, which is more than the"
                  .formatted(bad, files, pictures.root(), lost.size())
              + " share of %s that --max_skipped allows; they are listed in %s"
                  .formatted(run.config().run().maxSkipped(), folder.skippedList()));
    }
  }

  /** What a failed step's error means: the disk may be gone. */
  public RuntimeException explain(RuntimeException error) {
    List<Picture> sample = run.pictures().spread(SAMPLE);
    List<SkippedFile> failures = ImageFolder.check(sample);
    return failures.size() < sample.size()
        ? error
        : new IllegalArgumentException(
            "the pictures in %s cannot be read any more; the first, %s, because: %s. Put them back, then"
                    .formatted(
                        run.pictures().root(), failures.get(0).name(), failures.get(0).reason())
                + " run the same command to go on from the newest checkpoint",
            error);
  }
}
