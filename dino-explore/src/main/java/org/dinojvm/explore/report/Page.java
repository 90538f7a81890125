package org.dinojvm.explore.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
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

  /** Scripts that come from WebJars. */
  private static final ImmutableList<String> LIBRARIES = ImmutableList.of("d3.js", "uplot.js");

  private static final ObjectMapper JSON = new ObjectMapper();

  private Page() {}

  /**
   * Puts a page together.
   *
   * @param template file among this project's pages
   * @param title for people
   * @param data what scripts get as {@code dino.data}
   * @param scripts files of libraries and of this project's pages, in order
   */
  public static String html(String template, String title, Object data, List<String> scripts) {
    StringBuilder script = new StringBuilder();
    script.append("var dino = {data: ").append(json(data)).append("};\n");
    scripts.forEach(name -> script.append(script(name)).append('\n'));
    return resource(FOLDER + template)
        .replace("{{title}}", HtmlEscapers.htmlEscaper().escape(title))
        .replace("{{style}}", library("uplot.css") + resource(FOLDER + "page.css"))
        .replace("{{script}}", script);
  }

  private static String script(String name) {
    return LIBRARIES.contains(name) ? library(name) : resource(FOLDER + name);
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
