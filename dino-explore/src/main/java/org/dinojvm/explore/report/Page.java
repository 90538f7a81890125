package org.dinojvm.explore.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.html.HtmlEscapers;
import com.google.common.io.Resources;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Properties;

/** A page of HTML with all of its styles and scripts in it. */
public final class Page {

  private static final String FOLDER = "org/dinojvm/explore/page/";
  private static final ObjectMapper JSON = new ObjectMapper();

  private Page() {}

  /**
   * Puts a page together.
   *
   * @param template file among this project's pages
   * @param title for people
   * @param data what scripts get as {@code dino.data}
   * @param scripts files among this project's pages, in order; libraries go before them
   */
  public static String html(String template, String title, Object data, List<String> scripts) {
    StringBuilder script = new StringBuilder();
    script.append(library("d3.js")).append('\n').append(library("uplot.js")).append('\n');
    script.append("var dino = {data: ").append(json(data)).append("};\n");
    scripts.forEach(name -> script.append(resource(FOLDER + name)).append('\n'));
    return resource(FOLDER + template)
        .replace("{{title}}", HtmlEscapers.htmlEscaper().escape(title))
        .replace("{{style}}", library("uplot.css") + resource(FOLDER + "page.css"))
        .replace("{{script}}", script);
  }

  /** JSON that may stand in a script of HTML. */
  static String json(Object data) {
    try {
      return JSON.writeValueAsString(data)
          .replace("<", "\\u003c")
          .replace("\u2028", "\\u2028")
          .replace("\u2029", "\\u2029");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A file of a WebJar. */
  private static String library(String name) {
    Properties places = new Properties();
    try (InputStream in = Resources.getResource(FOLDER + "libraries.properties").openStream()) {
      places.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return resource(places.getProperty(name));
  }

  private static String resource(String name) {
    try {
      return Resources.toString(Resources.getResource(name), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
