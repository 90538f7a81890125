package org.dinojvm.cli;

import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.dinojvm.data.source.Progress;
import picocli.CommandLine.Help.Ansi;

/** A bar on standard error while pictures are worked through; none where nobody watches. */
final class ProgressLine {

  private ProgressLine() {}

  /** Work that reports how far it is. */
  interface Work<T> {
    T run(Progress progress);
  }

  /** Runs work without a result. */
  static void run(String task, Consumer<Progress> work) {
    show(
        task,
        progress -> {
          work.accept(progress);
          return true;
        });
  }

  /** Runs work under a bar named for its task. */
  static <T> T show(String task, Work<T> work) {
    if (!Ansi.AUTO.enabled()) {
      return work.run(Progress.NONE);
    }
    ProgressBarBuilder builder =
        ProgressBar.builder().setTaskName(task).setStyle(ProgressBarStyle.UNICODE_BLOCK);
    try (ProgressBar bar = builder.build()) {
      return work.run(
          (done, total) -> {
            bar.maxHint(total);
            bar.stepTo(done);
          });
    }
  }
}
