package org.dinojvm.cli.options;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.Progress;
import org.dinojvm.data.source.Records;
import org.dinojvm.data.source.Scan;
import org.dinojvm.data.source.ScanFile;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.LabelledPictures;
import org.dinojvm.eval.LabelledSplit;

/** Folders of pictures as commands read them: what cannot be used is said, not hidden. */
public final class PictureFolders {

  private static final int SHOWN = 5;

  private PictureFolders() {}

  /**
   * Scans a folder, a list of files or TFRecords, and says what of it was skipped, and why.
   *
   * @throws IllegalArgumentException if there is no usable picture
   */
  public static ImageFolder open(Path source, PrintWriter messages) throws IOException {
    return open(source, Scan.fresh(progress(messages)), messages);
  }

  /**
   * The same, without decoding what has not changed since the scan before.
   *
   * @param known where what that one found is kept, in a folder that exists
   */
  public static ImageFolder open(Path source, ScanFile known, PrintWriter messages)
      throws IOException {
    Scan scan = known.read(progress(messages));
    ImageFolder pictures = open(source, scan, messages);
    known.write(scan);
    return pictures;
  }

  private static Progress progress(PrintWriter messages) {
    return (files, ofAll) -> {
      messages.printf(Locale.ROOT, "looked at %,d of %,d files%n", files, ofAll);
      messages.flush();
    };
  }

  private static ImageFolder open(Path source, Scan scan, PrintWriter messages) throws IOException {
    ImageFolder pictures = Records.open(source, scan);
    int skipped = pictures.skipped().size();
    for (ImageFolder.SkippedFile file : pictures.skipped().subList(0, Math.min(SHOWN, skipped))) {
      messages.printf("skipped %s: %s%n", file.name(), file.reason());
    }
    if (skipped > SHOWN) {
      messages.printf("skipped %d more files in %s%n", skipped - SHOWN, source);
    }
    messages.flush();
    return pictures;
  }

  /**
   * What models are evaluated on: with labels where either folder has some.
   *
   * @param val labelled pictures to classify by those of {@code train}
   */
  public static EvaluationData evaluationData(
      Path train, Optional<Path> val, PrintWriter messages, boolean drawing) throws IOException {
    ImageFolder pictures = open(train, messages);
    boolean hasLabels =
        pictures.pictures().stream().anyMatch(each -> each.label() != ImageFolder.UNLABELLED);
    if (val.isEmpty() && !hasLabels) {
      return new EvaluationData(pictures, Optional.empty(), drawing);
    }
    LabelledSplit split =
        new LabelledSplit(
            labelled(pictures, messages),
            val.isPresent() ? Optional.of(scanLabelled(val.get(), messages)) : Optional.empty());
    return new EvaluationData(pictures, Optional.of(split), drawing);
  }

  /** Scans a folder for pictures in class folders, and says what else was left out. */
  public static LabelledPictures scanLabelled(Path folder, PrintWriter messages)
      throws IOException {
    return labelled(open(folder, messages), messages);
  }

  /** The pictures of a scanned folder that lie in class folders; says what else was left out. */
  static LabelledPictures labelled(ImageFolder all, PrintWriter messages) {
    LabelledPictures labelled = LabelledPictures.of(all);
    int unlabelled = all.pictures().size() - labelled.pictures().size();
    if (unlabelled > 0) {
      messages.printf(
          "left out %d pictures that lie in no class's folder of %s%n", unlabelled, all.root());
      messages.flush();
    }
    return labelled;
  }
}
