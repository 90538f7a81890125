package org.dinojvm.data.source;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Ends reads that would wait for ever, as where a named pipe took the place of a picture: to open
 * one blocks until somebody opens it for writing, and TensorFlow has no operation that opens
 * without blocking or tells what kind of file a path leads to.
 *
 * <p>While a read takes unusually long, the files that it may wait for are looked at. Each that has
 * become a pipe is opened for writing here, so that its readers find an empty file: a picture that
 * cannot be read, treated as any other. It stays open, so that it blocks no later read.
 */
public final class BlockedReads {

  /** Something that reads files. */
  @FunctionalInterface
  public interface Reads<T, E extends Exception> {
    T read() throws E;
  }

  /** A read is unusually long beyond this, and beyond three times what the one before took. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final int TIMES_THE_LAST = 3;

  /** Pipes that are kept open at most: each takes a file descriptor. */
  private static final int MOST_OPEN = 256;

  /** S_IFMT and S_IFIFO of POSIX's stat.h, whose values are the same on Linux and macOS. */
  private static final int KIND = 0170000;

  private static final int NAMED_PIPE = 0010000;

  private static final ScheduledThreadPoolExecutor TIMER = timer();

  private final ImmutableList<Path> files;
  private final Duration patience;
  private final Consumer<String> warnings;

  private volatile long lastMillis;

  /** By what tells a file from one that takes its place. Used by the timer's thread alone. */
  private final Map<Object, FileChannel> open = new HashMap<>();

  private final Set<Path> warned = new HashSet<>();

  /**
   * Watches over reads.
   *
   * @param files that they may wait for
   * @param warnings is told of a pipe that this process may not open for writing, so that its
   *     readers go on waiting
   */
  public BlockedReads(List<Path> files, Consumer<String> warnings) {
    this(files, warnings, PATIENCE);
  }

  BlockedReads(List<Path> files, Consumer<String> warnings, Duration patience) {
    this.files = ImmutableList.copyOf(files);
    this.warnings = warnings;
    this.patience = patience;
  }

  private static ScheduledThreadPoolExecutor timer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1,
            new ThreadFactoryBuilder().setDaemon(true).setNameFormat("blocked-reads-%d").build());
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  /** Reads, and waits for no pipe for ever. Not to be called by two threads at once. */
  public <T, E extends Exception> T run(Reads<T, E> reads) throws E {
    long begin = System.nanoTime();
    long wait = Math.max(patience.toMillis(), TIMES_THE_LAST * lastMillis);
    Future<?> watch =
        TIMER.scheduleWithFixedDelay(this::openPipes, wait, wait, TimeUnit.MILLISECONDS);
    try {
      return reads.read();
    } finally {
      watch.cancel(false);
      lastMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    }
  }

  private void openPipes() {
    for (Path file : files) {
      try {
        if (isPipe(file)) {
          openPipe(file);
        }
      } catch (IOException | UnsupportedOperationException e) {
        // Gone, which no read waits for; or a system without named pipes among its files.
      }
    }
  }

  private static boolean isPipe(Path file) throws IOException {
    return ((int) Files.getAttribute(file, "unix:mode") & KIND) == NAMED_PIPE;
  }

  private void openPipe(Path file) throws IOException {
    Object key = Files.getAttribute(file, "unix:fileKey");
    if (open.containsKey(key)) {
      return;
    }
    try {
      FileChannel pipe = FileChannel.open(file, READ, WRITE); // for both, which does not block
      if (open.size() < MOST_OPEN) {
        open.put(key, pipe);
      } else {
        pipe.close();
      }
    } catch (IOException e) {
      if (warned.add(file)) {
        warnings.accept(
            "waiting for %s, which has become a named pipe that this process may not write to (%s);"
                    .formatted(file, PictureCheck.unreadable(e))
                + " open it for writing once, or stop the run by two signals");
      }
    }
  }
}
