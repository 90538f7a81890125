package org.dinojvm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.IndexColorModel;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.dinojvm.eval.retrieval.RevisitedLandmarks;
import org.dinojvm.serve.FeatureModels;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Evaluations on data sets in their own layouts, run as a user runs them, of the shipped model. */
class DataSetEvaluationsTest {

  private static final Path MODEL = Path.of("../savedmodels/clipart").toAbsolutePath();

  @TempDir Path folder;

  private Path data;

  @BeforeEach
  void nameData() {
    data = folder.resolve("data");
  }

  @Test
  void videoFollowsObjectsAndDrawsThem() throws Exception {
    DataSets.davis(data);
    Path pictures = folder.resolve("out");
    JsonNode numbers = numbers("video", "--davis", data, "--side", 64, "--pictures", pictures);

    assertTrue(
        numbers.get("j_and_f").asDouble() > numbers.get("j_and_f_still").asDouble() + 0.05,
        numbers.toString());
    var mask = ImageIO.read(pictures.resolve("discs/00003.png").toFile());
    assertTrue(mask.getColorModel() instanceof IndexColorModel);
    assertEquals(0xff800000, ((IndexColorModel) mask.getColorModel()).getRGB(1));
    assertEquals(96, mask.getWidth());
    try (ImageInputStream in =
        ImageIO.createImageInputStream(pictures.resolve("discs.gif").toFile())) {
      ImageReader reader = ImageIO.getImageReadersByFormatName("gif").next();
      reader.setInput(in);
      assertEquals(6, reader.getNumImages(true));
      reader.dispose();
    }
  }

  @Test
  void videoSaysWhatOfTheLayoutIsMissing() throws Exception {
    assertEquals("video needs DAVIS 2017: say where it is, --davis DIR", mistake("video"));
    Path list = data.resolve("ImageSets/2017/val.txt");
    assertEquals(
        "no %s: expected DAVIS 2017 with ImageSets/2017, JPEGImages and Annotations in it"
            .formatted(list),
        mistake("video", "--davis", data));
    DataSets.davis(data);
    Path last = data.resolve("Annotations/480p/discs/00005.png");
    Files.delete(last);
    assertEquals(
        "%s has 5 .png for the 6 frames of %s: expected one each"
            .formatted(last.getParent(), data.resolve("JPEGImages/480p/discs")),
        mistake("video", "--davis", data));
    Files.copy(data.resolve("JPEGImages/480p/discs/00005.jpg"), last);
    assertEquals(
        ("the mask %s has colors of its own: expected a PNG with a palette, or a gray one of 8"
                + " bits")
            .formatted(last),
        mistake("video", "--davis", data, "--side", 64));
  }

  @Test
  void retrievalFindsThePairsOfAnOxfordShapedFolder() throws Exception {
    DataSets.oxford(data);
    JsonNode numbers = numbers("retrieval", "--revisited", data, "--imsize", 64);

    assertEquals(1, numbers.get("map_easy").asDouble(), 1e-9);
    assertEquals(1, numbers.get("precision_easy_1").asDouble(), 1e-9);
    assertTrue(numbers.get("map_hard").asDouble() < 1);
    JsonNode cropped =
        numbers("retrieval", "--revisited", data, "--imsize", 64, "--crop_queries", "true");
    assertTrue(cropped.get("map_medium").asDouble() > 0);
  }

  @Test
  void retrievalReadsPicklesWithoutRunningThem() throws Exception {
    DataSets.oxford(data);
    Path pickle = data.resolve("gnd_small.pkl");
    Files.write(
        pickle,
        "\u0080\u0002cos\nsystem\n(X\u0004\0\0\0truetR.".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(
        pickle
            + ": refused: it asks to call os.system; only tensors and plain containers are read,"
            + " and no code is run",
        mistake("retrieval", "--revisited", data));
    Files.delete(pickle);
    assertEquals(
        "no gnd_*.pkl in %s: expected the lists of revisited Oxford or Paris there".formatted(data),
        mistake("retrieval", "--revisited", data));
    Path missing = DataSets.oxford(data).resolve("jpg/p3.jpg");
    Files.delete(missing);
    assertEquals(
        "%s: no %s, which the lists name".formatted(pickle, missing),
        mistake("retrieval", "--revisited", data));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          X\\6imlist | X\\6imlisX | no list 'imlist': there are [imlisX, qimlist, gnd]
          X\\7qimlist | X\\7qimlisX | no list 'qimlist': there are [imlist, qimlisX, gnd]
          X\\2p5e | e | 'gnd' has 2 entries for the 1 of 'qimlist': expected one each
          X\\2p5e | X\\2/5e | a picture's name is '/5': expected text without a folder
          X\\2p5e | K\\5e | a picture's name is '5': expected text without a folder
          ]K\\0a | ]K\\9a | 'easy' holds 9: expected an index into the 8 pictures of 'imlist'
          G@T | G@\\1 | 'bbx' is [10.0, 10.0, 2.125, 2.125]: expected left, top, right and bottom, each side longer than 0
          junk | junX | no list 'junk': there are [easy, hard, junX, bbx]
          """)
  void retrievalSaysWhatOfTheListsIsWrong(String text, String other, String message)
      throws Exception {
    Path pickle = DataSets.oxford(data).resolve("gnd_small.pkl");
    String whole = Files.readString(pickle, StandardCharsets.ISO_8859_1);
    String broken = whole.replace(opcodes(text), opcodes(other));
    assertNotEquals(whole, broken);
    Files.writeString(pickle, broken, StandardCharsets.ISO_8859_1);
    assertEquals(
        pickle + ": " + message,
        assertThrows(IllegalArgumentException.class, () -> RevisitedLandmarks.open(data))
            .getMessage());
  }

  /** {@code \7} for the byte of that value, and the three zero bytes of a text's length. */
  private static String opcodes(String text) {
    Matcher length = Pattern.compile("X\\\\(\\d)").matcher(text);
    String texts =
        length.replaceAll(found -> "X" + (char) (found.group(1).charAt(0) - '0') + "\0\0\0");
    return Pattern.compile("\\\\(\\d)")
        .matcher(texts)
        .replaceAll(found -> String.valueOf((char) (found.group(1).charAt(0) - '0')));
  }

  @Test
  void copiesFindTheirOriginalsInCopydays() throws Exception {
    DataSets.copydays(data);
    Path others = folder.resolve("others");
    for (int i = 20; i < 30; i++) {
      DataSets.write(DataSets.pattern(i), others.resolve(i + ".jpg"));
    }
    JsonNode numbers =
        numbers(
            "copies",
            "--copydays",
            data,
            "--imsize",
            32,
            "--distractors",
            others,
            "--whitening",
            others);
    assertEquals(1, numbers.get("map_original").asDouble(), 1e-9);
    assertEquals(1, numbers.get("map_original_whitened").asDouble(), 1e-9);
    assertTrue(numbers.get("map_strong").asDouble() > 0.2, numbers.toString());
    assertTrue(numbers.has("map_crops_10") && numbers.has("recall1_jpegqual_3"));

    Files.delete(data.resolve("crops/10/200300.jpg"));
    assertEquals(
        "crops/10 holds 5 copies of the 6 originals: expected one each",
        mistake("copies", "--copydays", data));
    assertEquals(
        "no original and strong in %s: expected the folders of Copydays there".formatted(others),
        mistake("copies", "--copydays", others));
  }

  @Test
  void copiesAreMadeOfAnyFolderAndTheSameEachTime() throws Exception {
    for (int i = 0; i < 8; i++) {
      DataSets.write(DataSets.pattern(i), data.resolve(i + ".png"));
    }
    Path pictures = folder.resolve("out");
    JsonNode numbers = numbers("copies", "--train", data, "--count", 3, "--pictures", pictures);
    assertEquals(numbers, numbers("copies", "--train", data, "--count", 3));
    assertTrue(numbers.get("recall1_jpeg").asDouble() > 0.5, numbers.toString());
    assertTrue(numbers.has("map_inset_whitened"));
    assertTrue(ImageIO.read(pictures.resolve("copies.png").toFile()).getWidth() > 8 * 120);
    assertEquals("no pictures to evaluate on: say where, --train DIR", mistake("copies"));
  }

  @Test
  void attentionIsScoredByMasks() throws Exception {
    DataSets.voc(data);
    Path pictures = folder.resolve("out");
    JsonNode numbers = numbers("attention", "--masks", data, "--pictures", pictures, "--count", 2);
    assertTrue(
        numbers.get("jaccard_best_head_per_object").asDouble()
            >= numbers.get("jaccard_best_head_per_image").asDouble());
    assertTrue(numbers.get("jaccard_center").asDouble() > 0);
    assertTrue(Files.exists(pictures.resolve("attention_masks.png")));

    JsonNode beside =
        numbers(
            "attention",
            "--train",
            data.resolve("JPEGImages"),
            "--masks",
            data.resolve("SegmentationObject"));
    assertEquals(
        numbers.get("jaccard_mean_of_heads").asDouble(),
        beside.get("jaccard_mean_of_heads").asDouble(),
        1e-9);

    Path gone = data.resolve("SegmentationObject/two.png");
    Files.delete(gone);
    assertEquals(
        "no %s, which the list of pictures names".formatted(gone),
        mistake("attention", "--masks", data));
  }

  private static JsonNode numbers(String name, Object... arguments) throws Exception {
    List<Object> all = new ArrayList<>(List.of(arguments));
    all.add("--json");
    Run run = run(name, all);
    assertEquals(0, run.exitCode, run.err + run.mistake);
    return new ObjectMapper().readTree(run.out).get("numbers");
  }

  private static String mistake(String name, Object... arguments) {
    return run(name, List.of(arguments)).mistake;
  }

  private record Run(int exitCode, String out, String err, String mistake) {}

  private static Run run(String name, List<Object> arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> words = new ArrayList<>(List.of(name, "--model", MODEL.toString()));
    arguments.forEach(argument -> words.add(argument.toString()));
    String[] mistake = {""};
    int exitCode =
        EvaluateCommand.all((path, trust) -> FeatureModels.open(path, trust))
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .setExecutionExceptionHandler(
                (exception, command, result) -> {
                  mistake[0] = exception.getMessage();
                  return 2;
                })
            .execute(words.toArray(String[]::new));
    return new Run(exitCode, out.toString(), err.toString(), mistake[0]);
  }
}
