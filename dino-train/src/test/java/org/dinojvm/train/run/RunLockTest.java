package org.dinojvm.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {

  @TempDir Path directory;

  /** Another process: takes the lock of a folder, says so, and waits to be killed. */
  static final class Holder {
    private Holder() {}

    @SuppressWarnings("try") // held, and else not used
    public static void main(String[] arguments) throws Exception {
      try (RunLock lock = RunLock.take(Path.of(arguments[0]), Assertions::fail)) {
        System.out.println("taken");
        Thread.sleep(Long.MAX_VALUE);
      }
    }
  }

  @Test
  void anotherProcessKeepsOthersOutUntilItIsKilled() throws Exception {
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertEquals("taken", holder.inputReader().readLine());
      String message = assertThrows(IllegalArgumentException.class, this::take).getMessage();
      assertTrue(
          message.startsWith(directory + " is being trained by process " + holder.pid() + " on "),
          message);
      assertEquals(1, message.lines().count(), message);
    } finally {
      holder.destroyForcibly().waitFor();
    }
    take().close();
  }

  @Test
  void thisProcessKeepsItselfOutAndKeepsItsLock() throws IOException {
    try (RunLock lock = take()) {
      assertThrows(IllegalArgumentException.class, this::take);
      assertTrue(Files.readString(directory.resolve(RunLock.FILE)).startsWith("process "));
      assertThrows(IllegalArgumentException.class, this::take, lock::toString);
    }
    take().close();
  }

  private RunLock take() throws IOException {
    return RunLock.take(directory, Assertions::fail);
  }
}
