package org.dinojvm.explore.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.dinojvm.data.source.ClipArt;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.FeatureExtractor;
import org.dinojvm.explore.index.IndexDescription;
import org.dinojvm.explore.index.IndexUpdate;
import org.dinojvm.explore.index.PictureIndex;
import org.dinojvm.explore.index.PictureIndex.Hit;
import org.dinojvm.explore.layout.NeighbourGraph;
import org.dinojvm.explore.report.Report;
import org.dinojvm.explore.report.RunRecord;
import org.dinojvm.explore.report.Stages;
import org.dinojvm.explore.web.ExploreServer;
import org.dinojvm.serve.FeatureModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.interactions.Actions;

/** The report and the server's page, as a browser shows them: the shipped model on clip-art. */
class PagesTest {

  private static final Path MODEL = Path.of("..", "savedmodels", "clipart");
  private static final int EACH_CLASS = 4;

  @TempDir static Path directory;

  private static Browser browser;
  private static FeatureModel model;
  private static ImageFolder pictures;
  private static String page;

  @BeforeAll
  static void writeReport() throws IOException {
    browser = Browser.start();
    model = FeatureModel.open(MODEL);
    Path sample = directory.resolve("clipart");
    ClipArt.extractTo(sample);
    Path data = directory.resolve("data");
    try (Stream<Path> classes = Files.list(sample.resolve("val"))) {
      for (Path one : classes.sorted().toList()) {
        copySome(one, Files.createDirectories(data.resolve(one.getFileName())));
      }
    }
    pictures = ImageFolder.scan(data);
    Path output = directory.resolve("page & more");
    new Report(model, pictures, new Report.Options(24, 6, 0), Stages.NONE)
        .write(
            output,
            "What <clip-art> taught",
            Optional.of(RunRecord.read(run())),
            ImmutableList.of(new Report.Table("knn", ImmutableMap.of("top1_k10", 40.9))));
    page = output.resolve("index.html").toUri().toString();
  }

  private static void copySome(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.sorted().limit(EACH_CLASS).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private static Path run() throws IOException {
    Path run = Files.createDirectories(directory.resolve("run"));
    List<String> lines = new ArrayList<>();
    for (int step = 1; step <= 50; step++) {
      lines.add("{\"epoch\":0,\"step\":%d,\"loss\":%s}".formatted(step, 5.0 / step));
    }
    lines.add(
        "{\"step\":51,\"loss\":9,\"warnings\":[{\"kind\":\"x\",\"message\":\"</script> ill\"}]}");
    Files.write(run.resolve("log.jsonl"), lines);
    Files.writeString(run.resolve("config.yaml"), "arch: vit_tiny\n");
    return run;
  }

  @AfterAll
  static void end() {
    if (browser != null) {
      browser.close();
      model.close();
    }
  }

  @Test
  void theReportIsExplored() throws IOException {
    browser.open(page);
    browser.waitUntil(b -> b.number("document.getElementById('map').dataset.drawn || 0") > 0);
    assertEquals("What <clip-art> taught", browser.find("h1").getText());
    assertEquals(pictures.pictures().size(), browser.number("dino.map.visible().length"));
    browser.waitUntil(b -> (Boolean) b.evaluate("dino.map.sprite(0) !== null"));

    int picture = withDetails();
    hover(picture);
    choose(picture);
    maskFollowsTheSlider();
    patchesAreAlike();
    browser.screenshot("report.png");
    keysMove();
    trainingIsShown();
    browser.assertQuiet("file:///");
  }

  /** One with details, which no other covers on the map. */
  private static int withDetails() {
    return (int)
        browser.number(
            "dino.data.details.find(i => dino.map.at(dino.map.x(i), dino.map.y(i)) === i)");
  }

  private static void pointAt(int picture, boolean click) {
    WebElement map = browser.find("#map");
    int x = (int) browser.number("dino.map.x(%d) - dino.map.width / 2".formatted(picture));
    int y = (int) browser.number("dino.map.y(%d) - dino.map.height / 2".formatted(picture));
    Actions actions = new Actions(browser.driver()).moveToElement(map, x, y);
    (click ? actions.click() : actions).perform();
  }

  private static void hover(int picture) {
    pointAt(picture, false);
    browser.waitUntil(b -> b.find("#hover").isDisplayed());
    String name = (String) browser.evaluate("dino.data.names[%d]".formatted(picture));
    assertTrue(browser.find("#hover").getText().contains(name));
  }

  private static void choose(int picture) {
    pointAt(picture, true);
    browser.waitUntil(b -> b.all("#attention canvas").size() == model.info().numHeads() + 1);
    List<Object> shown = new ArrayList<>();
    for (WebElement one : browser.all("#neighbours button")) {
      shown.add(
          browser.evaluate("dino.data.names[%s]".formatted(one.getDomAttribute("data-picture"))));
    }
    String own = (String) browser.evaluate("dino.data.names[%d]".formatted(picture));
    assertEquals(neighboursOf(own), shown);
  }

  /** By an exact search of the features in Java. */
  private static List<String> neighboursOf(String name) {
    List<String> names =
        pictures.pictures().stream()
            .map(one -> pictures.root().relativize(one.file()).toString())
            .toList();
    float[][] features = new FeatureExtractor(model, Progress.NONE).extract(pictures.pictures());
    int[] found = NeighbourGraph.of(features, 6, Progress.NONE).indices()[names.indexOf(name)];
    List<String> neighbours = new ArrayList<>();
    for (int one : found) {
      neighbours.add(names.get(one));
    }
    return neighbours;
  }

  private static void maskFollowsTheSlider() {
    double before = browser.number("document.querySelector('#attention canvas').dataset.kept");
    WebElement slider = browser.find("#share");
    for (int i = 0; i < 25; i++) {
      slider.sendKeys(Keys.ARROW_RIGHT);
    }
    assertEquals("85", slider.getDomProperty("value"));
    double after = browser.number("document.querySelector('#attention canvas').dataset.kept");
    assertTrue(before > 0 && after > before, before + " patches, then " + after);
    double patches = browser.number("document.querySelectorAll('#attention canvas').length");
    assertEquals(model.info().numHeads() + 1, patches);
  }

  private static void patchesAreAlike() {
    browser.find("#likeness").click();
    browser.waitUntil(b -> b.all("#alike canvas").size() == 12);
    assertTrue(browser.number("document.getElementById('likeness').dataset.patch") > 0);
  }

  private static void keysMove() {
    String before = browser.find("#panel").getDomAttribute("data-selected");
    browser.find("#map").sendKeys(Keys.ARROW_RIGHT);
    browser.find("#map").sendKeys(Keys.ARROW_LEFT, Keys.ARROW_UP, Keys.ARROW_UP);
    assertTrue(!before.equals(browser.find("#panel").getDomAttribute("data-selected")));
    browser.find("#map").sendKeys(Keys.ESCAPE);
    assertTrue(browser.find("#panel").getText().contains("Choose a picture"));
  }

  private static void trainingIsShown() throws IOException {
    assertEquals(1, browser.all(".chart[data-metric=loss] canvas").size());
    assertTrue(browser.find("#warnings").getText().contains("</script> ill"));
    assertTrue(browser.find("#results").getText().contains("top1 k10"));
    Dimension desktop = browser.driver().manage().window().getSize();
    browser.driver().manage().window().setSize(new Dimension(520, 900));
    assertTrue(
        browser.number("document.documentElement.scrollWidth - innerWidth") <= 0,
        "the page is wider than a phone");
    browser.screenshot("phone.png");
    browser.driver().manage().window().setSize(desktop);
  }

  @Test
  void theServersPageLooksAtAPicture() throws Exception {
    Path folder = directory.resolve("index");
    IndexDescription description =
        IndexDescription.of(pictures.root(), pictures.root(), MODEL, model, false);
    new IndexUpdate(folder, model, description, Progress.NONE).run(pictures);
    Path query = pictures.pictures().get(5).file();
    try (PictureIndex index = PictureIndex.open(folder);
        ExploreServer server =
            new ExploreServer(model, Optional.of(index), InetAddress.getLoopbackAddress(), 0)) {
      browser.open(server.address().toString());
      browser.find("#file").sendKeys(query.toString());
      browser.waitUntil(b -> b.all("#attention canvas").size() == model.info().numHeads() + 1);
      List<String> shown =
          browser.all("#neighbours button").stream()
              .map(one -> one.getDomAttribute("data-name"))
              .toList();
      assertEquals(
          index.search(model.embed(query), 12).stream()
              .map((Hit hit) -> hit.picture().name())
              .toList(),
          shown);
      browser.find("#likeness").click();
      browser.waitUntil(b -> b.all("#alike canvas").size() == 12);
      browser.screenshot("serve.png");
      browser.assertQuiet(server.address().toString());
    }
  }
}
