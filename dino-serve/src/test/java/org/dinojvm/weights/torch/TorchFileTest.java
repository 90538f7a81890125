package org.dinojvm.weights.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dinojvm.weights.Damage;
import org.dinojvm.weights.FileBytes;
import org.dinojvm.weights.Resources;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;

class TorchFileTest {

  /** Written by src/test/python/torch_values.py. */
  @ParameterizedTest
  @ValueSource(
      strings = {"torch_values.pth", "torch_values_protocol4.pth", "torch_values_legacy.pth"})
  void readsEveryTensorAndContainer(String name) {
    Map<?, ?> values = (Map<?, ?>) TorchFile.read(Resources.file(name));

    assertArrayEquals(new double[] {1.5, -2.25, 1e300}, weight(values, "f64").doubles());
    assertEquals(Shape.of(2, 3, 4), weight(values, "f32").shape());
    float[] halves = weight(values, "f16").floats();
    assertArrayEquals(
        new float[] {1, -0.5f, 65504, 0x1p-24f, Float.POSITIVE_INFINITY, Float.NaN}, halves);
    assertArrayEquals(new float[] {1, -0.5f, 3.0e38f}, weight(values, "bf16").floats(), 1e36f);
    assertArrayEquals(new long[] {(1L << 62) + 1, -1}, weight(values, "i64").longs());
    assertArrayEquals(new long[] {-7, Integer.MAX_VALUE}, weight(values, "i32").longs());
    assertArrayEquals(new long[] {-7, 300}, weight(values, "i16").longs());
    assertArrayEquals(new long[] {-7, 127}, weight(values, "i8").longs());
    assertArrayEquals(new long[] {0, 255}, weight(values, "u8").longs());
    assertArrayEquals(new long[] {1, 0}, weight(values, "bool").longs());
    assertEquals(Weight.of(Shape.scalar(), new float[] {8}), values.get("scalar"));
    assertEquals(Weight.of(Shape.of(0, 3), new float[0]), values.get("empty"));
    assertEquals(Weight.of(Shape.of(1), new float[] {3}), values.get("parameter"));

    Map<?, ?> containers = (Map<?, ?>) values.get("containers");
    BigInteger large = BigInteger.ONE.shiftLeft(80);
    assertEquals(List.of(1L, -2L, 70000L, 1L << 40, large), containers.get("list"));
    assertEquals(Arrays.asList(1.5, null), containers.get("tuple"));
    assertEquals(Set.of("a", "b"), containers.get("set"));
    assertEquals(Set.of(3L), containers.get("frozenset"));
    assertEquals("ümläut", containers.get("text"));
    assertArrayEquals(new byte[] {0, -1}, (byte[]) containers.get("bytes"));
    assertEquals(List.of(true, false), containers.get("flags"));
    assertEquals(Map.of("a", 1L, "b", 2L), containers.get("ordered"));
    assertEquals("number", containers.get(7L));
    assertEquals(
        Map.of(
            "arch", "vit_small",
            "lr", 5e-4,
            "scale", List.of(0.4, 1.0),
            "data", "/data/images",
            "device", "cuda:0",
            "dtype", "torch.float16",
            "size", List.of(1L, 2L)),
        values.get("args"));
    assertEquals(List.of(0.25, 0.5, -3L, true), values.get("numpy"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"torch_values.pth", "torch_values_legacy.pth"})
  void readsViewsByTheirStrides(String name) {
    Map<?, ?> values = (Map<?, ?>) TorchFile.read(Resources.file(name));
    Weight base = weight(values, "f32");
    assertEquals(base.rows(0, 1).permuted(2, 1, 0).floats()[1], 4f);
    assertEquals(Shape.of(4, 3), weight(values, "transposed").shape());
    assertArrayEquals(
        new float[] {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}, weight(values, "transposed").floats());
    assertEquals(base.permuted(2, 0, 1), weight(values, "permuted"));
    assertArrayEquals(
        new float[] {1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23},
        weight(values, "every_second").floats());
    assertArrayEquals(new float[] {20, 21, 22, 23}, weight(values, "row").floats());
  }

  @Test
  void bothFormatsOfABackboneAreEqual() {
    Map<?, ?> zip = (Map<?, ?>) TorchFile.read(Resources.reference("backbone.pth"));
    assertEquals(zip, TorchFile.read(Resources.reference("backbone_legacy.pth")));
    assertEquals(42, zip.size());
  }

  @Test
  void readsTheWholeCheckpoint() {
    Map<?, ?> checkpoint = (Map<?, ?>) TorchFile.read(Resources.reference("checkpoint.pth"));
    assertEquals(4L, checkpoint.get("epoch"));
    assertEquals("vit_micro", ((Map<?, ?>) checkpoint.get("args")).get("arch"));
    Safetensors train = Safetensors.read(Resources.reference("train_adamw.safetensors"));
    Weight centers = train.tensor("centers");
    Weight last = centers.rows(7, 8);
    Weight center = weight((Map<?, ?>) checkpoint.get("dino_loss"), "center");
    assertArrayEquals(last.floats(), center.floats());
    Map<?, ?> optimizer = (Map<?, ?>) checkpoint.get("optimizer");
    Map<?, ?> group = (Map<?, ?>) ((List<?>) optimizer.get("param_groups")).get(0);
    assertEquals(0.3862983158520316, group.get("weight_decay"));
  }

  // ------------------------------------------------------------ refusals

  private static final String CALL_WITH_TEXT = "X\u0002\u0000\u0000\u0000id\u0085R.";

  @ParameterizedTest
  @CsvSource({
    "posix, system",
    "os, system",
    "nt, system",
    "builtins, eval",
    "builtins, exec",
    "builtins, getattr",
    "__builtin__, eval",
    "subprocess, Popen",
    "torch, load",
    "torch.storage, _load_from_bytes",
    "torch.nn.modules.linear, Linear",
    "numpy.testing._private.utils, runstring",
  })
  void refusesToCallByName(String module, String function) {
    String expected = module + "." + function;
    String global = "\u0080\u0002c" + module + "\n" + function + "\n";
    String stackGlobal = "\u0080\u0004" + shortText(module) + shortText(function) + "\u0093";
    String inst = "\u0080\u0002(i" + module + "\n" + function + "\n.";
    assertRefused(expected, global + CALL_WITH_TEXT);
    assertRefused(expected, stackGlobal + CALL_WITH_TEXT);
    assertRefused(expected, inst);
  }

  /** The call hides in what an allowed constructor is given, as in a checkpoint's arguments. */
  @Test
  void refusesCallsWithinAllowedOnes() {
    assertRefused(
        "posix.system",
        """
        \200\002}X\007\000\000\000teachercargparse
        Namespace
        )\201}X\001\000\000\000acposix
        system
        X\002\000\000\000id\205Rsbs.""");
    assertRefused(
        "builtins.eval",
        """
        \200\002ccollections
        OrderedDict
        ]cbuiltins
        eval
        X\001\000\000\0001\205Ra\205R.""");
  }

  @Test
  void refusesInEveryPickleOfTheOlderFormat() {
    byte[] pickle = Pickles.of("\u0080\u0002cposix\nsystem\nX\u0002\u0000\u0000\u0000id\u0085R.");
    assertTrue(problem(pickle).contains("posix.system"));
    assertTrue(problem(Pickles.inLegacy(pickle)).contains("posix.system"));
    byte[] protocol0 = Pickles.of("cposix\nsystem\n(S'id'\ntR.");
    assertTrue(problem(protocol0).contains("posix.system"));
  }

  @Test
  void refusesAWholeModuleByItsName(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("module.pth");
    Files.write(file, Resources.bytes("torch_module.pth"));
    assertEquals(
        file
            + ": refused: it asks to call torch.nn.modules.linear.Linear;"
            + " only tensors and plain containers are read, and no code is run",
        assertThrows(IllegalArgumentException.class, () -> TorchFile.read(file)).getMessage());
  }

  // ------------------------------------------------------- bounds, damage

  @ParameterizedTest
  @ValueSource(
      strings = {
        "]q\u0000h\u0000a.", // a list that contains itself
        "}q\u0000X\u0001\u0000\u0000\u0000ah\u0000s.", // a map that does
        "X\u00ff\u00ff\u00ff\u007fabc.", // a text of 2 GiB
        "\u008b\u00ff\u00ff\u00ff\u00ff.", // a number of 4 GiB
        "\u008e\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff.", // bytes of negative length
        ".",
        "a.",
        "(",
        "t.",
        "(0.",
        "h\u0000.",
        "K\u0001)R.",
        "K\u0001K\u0002\u0086Q.",
        "}]K\u0001s.",
        "K\u0001}b.",
        "ccollections\nOrderedDict\n.",
        "ctorch._utils\n_rebuild_tensor_v2\n)R.",
        "cnumpy\ndtype\nX\u0002\u0000\u0000\u0000O8\u0085R.",
        "\u0080\u0009N.",
        "\u0082\u0001.", // the registry of extensions
      })
  void refusesNonsenseWithOneLine(String pickle) {
    String message = problem(Pickles.inZip(Pickles.of(pickle)));
    assertFalse(message.isBlank() || message.contains("\n"), message);
  }

  @Test
  void boundsDepthOperationsAndCopies() {
    String deepTuples = ")" + "\u0085".repeat(1_000_000) + ".";
    assertBounded(deepTuples, "nests deeper");
    String deepLists = "]" + "]".repeat(200_000) + "a".repeat(200_000) + ".";
    assertBounded(deepLists, "nests deeper");
    assertBounded("]".repeat(5_000_000) + ".", "operations");
    String large = "X\u0000\u0000\u0001\u0000" + "a".repeat(65536);
    String encode = "c_codecs\nencode\nh\u0000h\u0001\u0086R";
    assertBounded(
        large + "q\u0000X\u0006\u0000\u0000\u0000latin1q\u0001" + encode.repeat(100) + "t.",
        "copies over");
  }

  @Test
  void sharedContainersStayShared() {
    String doubling = "]" + "q\u0000]h\u0000ah\u0000a".repeat(60) + ".";
    assertTimeoutPreemptively(
        Duration.ofSeconds(10), () -> TorchFile.read(Pickles.inZip(Pickles.of(doubling))));
  }

  /** A container that holds another twice, sixty times over, would make a text of 2⁶⁰ letters. */
  @ParameterizedTest
  @ValueSource(strings = {"pathlib\nPosixPath", "torch\ndevice"})
  void makesNoTextOfContainers(String constructor) {
    String doubling = "]" + "q\u0000]h\u0000ah\u0000a".repeat(60);
    String call = "q\u0001c" + constructor + "\nh\u0001\u0085R.";
    assertBounded(doubling + call, "made of a container");
  }

  /** Each of 200,000 tensors would copy a shape of as many sizes. */
  @Test
  void readsNoShapeOfManyAxes() {
    String tensor =
        "ctorch._utils\n_rebuild_tensor_v2\n"
            + "((X\u0007\u0000\u0000\u0000storagectorch\nFloatStorage\nX\u0001\u0000\u0000\u00000"
            + "X\u0003\u0000\u0000\u0000cpuK\u0001tQK\u0000h\u0000h\u0000\u0089NtR0";
    assertBounded(
        "(" + "K\u0001".repeat(200_000) + "tq\u0000" + tensor.repeat(2) + ".",
        "200000 axes; at most 8 are read");
  }

  /** What a small file could have its checksum computed of, again and again. */
  @Test
  void readsNoMoreBytesThanTheZipHas() {
    StoredZip zip = new StoredZip(FileBytes.of(ByteBuffer.wrap(Pickles.inZip(new byte[1000]))));
    zip.get("archive/data.pkl");
    assertThrows(IllegalArgumentException.class, () -> zip.get("archive/data.pkl"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"torch_values.pth", "torch_values_legacy.pth", "reference/backbone.pth"})
  void survivesDamage(String name) {
    byte[] whole = Resources.bytes(name);
    int part = Math.min(whole.length / 2, 8000);
    Damage.truncations(whole, 500, TorchFile::read);
    Damage.alterations(whole, part, part, 2000, bytes -> touch(TorchFile.read(bytes)));
  }

  /**
   * In the zip format the checksum is in front of the pickle; without it the pickle is on its own.
   */
  @Test
  void survivesDamagedPickles() {
    StoredZip zip =
        new StoredZip(FileBytes.of(ByteBuffer.wrap(Resources.bytes("torch_values_protocol4.pth"))));
    ByteBuffer pickle = zip.get("torch_values_protocol4/data.pkl").read();
    byte[] whole = new byte[pickle.remaining()];
    pickle.get(whole);
    Damage.alterations(
        whole,
        whole.length,
        0,
        4_000,
        bytes -> {
          TorchGlobals globals = new TorchGlobals();
          Object root = Unpickler.load(ByteBuffer.wrap(bytes), globals);
          globals
              .storages()
              .forEach(
                  (key, storage) -> storage.fill(zip.get("torch_values_protocol4/data/" + key)));
          touch(PlainValues.of(root));
        });
  }

  /** Files over 4 GiB have their sizes in zip64 records, which torch writes into small ones too. */
  @Test
  void readsZip64() {
    byte[] file = Resources.bytes("reference/backbone.pth");
    Object expected = TorchFile.read(file.clone());
    Arrays.fill(file, file.length - 10, file.length - 2, (byte) 0xff);
    assertEquals(expected, TorchFile.read(file));
  }

  @Test
  void aChangedWeightFailsItsChecksum() {
    byte[] altered = Resources.bytes("reference/backbone.pth");
    altered[200_000] ^= 1;
    assertTrue(problem(altered).contains("fails its checksum"), problem(altered));
  }

  private static void touch(Object value) {
    if (value instanceof Map<?, ?> map) {
      map.values().forEach(TorchFileTest::touch);
    } else if (value instanceof Weight weight) {
      weight.floats();
    }
  }

  private static void assertBounded(String pickle, String expected) {
    byte[] file = Pickles.inZip(Pickles.of(pickle));
    String message = assertTimeoutPreemptively(Duration.ofSeconds(20), () -> problem(file));
    assertTrue(message.contains(expected), message);
  }

  private static void assertRefused(String function, String pickle) {
    for (byte[] file :
        List.of(Pickles.inZip(Pickles.of(pickle)), Pickles.inLegacy(Pickles.of(pickle)))) {
      assertEquals(
          "refused: it asks to call "
              + function
              + "; only tensors and plain containers are read, and no code is run",
          problem(file));
    }
  }

  private static String problem(byte[] file) {
    return assertThrows(IllegalArgumentException.class, () -> TorchFile.read(file)).getMessage();
  }

  private static String shortText(String text) {
    return "\u008c" + (char) text.length() + text;
  }

  private static Weight weight(Map<?, ?> values, String name) {
    return (Weight) values.get(name);
  }
}
