package org.dinojvm.explore.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.TakesScreenshot;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A headless Chromium of the system's, with its log and all that it asked for. */
public final class Browser implements AutoCloseable {

  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");

  /** It warns that it does not know so new a Chromium's own protocol, which nothing here uses. */
  private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ChromeDriver driver;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Starts it; where there is none, the test is skipped. */
  public static Browser start() {
    assumeTrue(
        Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER),
        "no Chromium on this machine, so pages are not tested"
            + " (Debian: apt-get install chromium chromium-driver)");
    SELENIUM.setLevel(Level.SEVERE);
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    logs.enable(LogType.PERFORMANCE, Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(CHROMIUM.toString());
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1400,1000");
    options.setCapability("goog:loggingPrefs", logs);
    ChromeDriverService service =
        new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).build();
    return new Browser(new ChromeDriver(service, options));
  }

  /** Goes to a page, and forgets what the page before asked for. */
  public void open(String address) {
    driver.manage().logs().get(LogType.PERFORMANCE);
    driver.get(address);
  }

  /** The driver, for what is only done once. */
  public ChromeDriver driver() {
    return driver;
  }

  /** The only element that a selector finds. */
  public WebElement find(String css) {
    return driver.findElement(By.cssSelector(css));
  }

  /** All elements that a selector finds. */
  public List<WebElement> all(String css) {
    return driver.findElements(By.cssSelector(css));
  }

  /** What an expression of JavaScript gives. */
  public Object evaluate(String expression) {
    return driver.executeScript("return " + expression);
  }

  /** A number that an expression of JavaScript gives. */
  public double number(String expression) {
    return Double.parseDouble(String.valueOf(evaluate(expression)));
  }

  /** Waits until something is so; fails if it does not come. */
  public void waitUntil(Predicate<Browser> condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.test(this)) {
      assertTrue(System.nanoTime() < end, "what a page should show did not come");
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  /** Keeps what is seen, for people. */
  public void screenshot(String name) throws IOException {
    Files.createDirectories(SCREENSHOTS);
    byte[] png = ((TakesScreenshot) driver).getScreenshotAs(OutputType.BYTES);
    Files.write(SCREENSHOTS.resolve(name), png);
  }

  /**
   * Fails if the console has an error, or anything was asked for outside.
   *
   * @param own how addresses begin that a page may ask for
   */
  public void assertQuiet(String own) throws IOException {
    List<String> errors =
        driver.manage().logs().get(LogType.BROWSER).getAll().stream()
            .map(LogEntry::toString)
            .toList();
    assertEquals(List.of(), errors);
    TreeSet<String> foreign = new TreeSet<>();
    for (LogEntry entry : driver.manage().logs().get(LogType.PERFORMANCE)) {
      JsonNode message = new ObjectMapper().readTree(entry.getMessage()).path("message");
      String url = message.path("params").path("request").path("url").asText();
      if (message.path("method").asText().equals("Network.requestWillBeSent")
          && !url.startsWith(own)
          && !url.startsWith("data:")) {
        foreign.add(url);
      }
    }
    assertEquals(new TreeSet<>(), foreign);
  }

  @Override
  public void close() {
    driver.quit();
  }
}
