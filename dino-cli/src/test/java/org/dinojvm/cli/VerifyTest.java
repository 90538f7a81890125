package org.dinojvm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.io.Resources;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyTest {

  private static final String FILE = "knn.safetensors";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path folder;
  private byte[] reference;

  @BeforeEach
  void read() throws Exception {
    reference = Resources.toByteArray(Resources.getResource("reference/" + FILE));
  }

  private int verify() {
    return Dino.commands((config, team, more) -> {}, false)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute("verify", folder.toString());
  }

  @Test
  void agreementIsExitCode0() throws Exception {
    Files.write(folder.resolve(FILE), reference);
    assertEquals(0, verify(), out::toString);
    assertTrue(out.toString().contains("knn.safetensors"));
    assertTrue(err.toString().contains("verifying knn.safetensors"));
  }

  @Test
  void disagreementIsExitCode1() throws Exception {
    Files.write(folder.resolve(FILE), Arrays.copyOf(reference, reference.length / 2));
    assertEquals(1, verify());
    assertTrue(out.toString().contains("FAIL: truncated"), out::toString);
  }

  @Test
  void anUnusableFolderIsExitCode2() {
    assertEquals(2, verify());
    assertTrue(err.toString().startsWith("dino: no reference file in "), err::toString);
  }
}
