package org.dinojvm.cli.console;

import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarStyle;
import org.dinojvm.data.source.Progress;
import picocli.CommandLine.Help.Ansi;

/**
 * A bar on standard error while pictures are worked through; none where nobody watches. Work that
 * reports its end and begins another round gets another bar.
 */
public final class ProgressLine implements Progress, AutoCloseable {

  private final String task;
  private final boolean watched = Ansi.AUTO.enabled();
  private Optional<ProgressBar> bar = Optional.empty();

  /** A bar named for its task. */
  public ProgressLine(String task) {
    this.task = task;
  }

  @Override
  public void report(int done, int total) {
    if (!watched) {
      return;
    }
    if (bar.isEmpty()) {
      bar =
          Optional.of(
              ProgressBar.builder()
                  .setTaskName(task)
                  .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                  .build());
    }
    bar.get().maxHint(total);
    bar.get().stepTo(done);
    if (done == total) {
      close();
    }
  }

  @Override
  public void close() {
    bar.ifPresent(ProgressBar::close);
    bar = Optional.empty();
  }
}
