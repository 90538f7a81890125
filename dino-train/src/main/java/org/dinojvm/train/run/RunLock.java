package org.dinojvm.train.run;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.dinojvm.files.IoFailures;

/**
 * One process at a time on a run folder: a lock of the operating system on the file {@code .lock}
 * in it, which ends with the process however that ends. The file stays and says who held it last.
 */
public final class RunLock implements AutoCloseable {

  static final String FILE = ".lock";

  /**
   * The byte that is locked, far behind what the file holds: Windows would not let others read it.
   */
  private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

  /**
   * What this process holds: to open a locked file once more and close it would release its lock.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;

  private RunLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @param folder of the run, which exists
   * @param warn is told if the file system has no locks; the run is then unprotected
   * @throws IllegalArgumentException if another run has it
   */
  static RunLock take(Path folder, Consumer<String> warn) throws IOException {
    Path file = folder.toRealPath().resolve(FILE);
    checkArgument(HELD.add(file), "%s is being trained in this process already", folder);
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, CREATE, WRITE);
      boolean taken = isTaken(channel, folder, warn);
      checkArgument(
          taken,
          "%s is being trained by %s; wait for it or stop it, or choose another --output",
          folder,
          taken ? "" : holder(file));
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(thisProcess().getBytes(UTF_8)));
      return new RunLock(file, channel);
    } catch (IOException | RuntimeException e) {
      HELD.remove(file);
      if (channel != null) {
        channel.close();
      }
      throw e;
    }
  }

  /** Network file systems without a lock service answer with an error. */
  private static boolean isTaken(FileChannel channel, Path folder, Consumer<String> warn) {
    try {
      FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
      return lock != null;
    } catch (IOException e) {
      warn.accept(
          "the file system of %s cannot lock files (%s): a second run on it would not be noticed"
              .formatted(folder, IoFailures.reason(e)));
      return true;
    }
  }

  private static String thisProcess() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "this machine";
    }
    return "process " + ProcessHandle.current().pid() + " on " + host + "\n";
  }

  private static String holder(Path file) {
    try {
      return Files.readAllLines(file).stream().findFirst().orElse("another process");
    } catch (IOException e) {
      return "another process";
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    HELD.remove(file);
  }
}
