package org.dinojvm.explore.curate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.eval.PictureReader;
import org.dinojvm.explore.index.IndexedPicture;
import org.dinojvm.explore.report.Page;
import org.dinojvm.explore.report.Thumbnails;
import org.dinojvm.files.DurableFiles;

/** Where lists of pictures go, each with a page that shows them. */
public final class CuratedFolder implements AutoCloseable {

  /** Side of a thumbnail in pixels. */
  private static final int SIDE = 96;

  /** Thumbnails on a page at most; a list has all. */
  private static final int MOST_SHOWN = 1000;

  private final Path folder;
  private final ImmutableList<IndexedPicture> pictures;
  private final PictureReader reader = new PictureReader(EvalView.square(SIDE));
  private final List<String> written = new ArrayList<>();

  /**
   * Pictures under a heading.
   *
   * @param note of each, as many as there are pictures; shown below it
   */
  public record Section(String title, ImmutableList<Integer> pictures, ImmutableList<String> note) {

    /** Pictures with nothing to say of each. */
    public static Section of(String title, List<Integer> pictures) {
      return new Section(
          title,
          ImmutableList.copyOf(pictures),
          pictures.stream().map(i -> "").collect(ImmutableList.toImmutableList()));
    }
  }

  /** Creates the folder, if need be. */
  public CuratedFolder(Path folder, ImmutableList<IndexedPicture> pictures) throws IOException {
    this.folder = folder;
    this.pictures = pictures;
    Files.createDirectories(folder);
  }

  /**
   * Writes a list that {@code --data} takes: an absolute path a line.
   *
   * @throws IllegalArgumentException if one is a part of a file
   */
  public void list(String name, int[] numbers) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    List<String> lines =
        IntStream.of(numbers).mapToObj(i -> pictures.get(i).requireFile().toString()).toList();
    DurableFiles.write(file, lines);
    written.add(name);
  }

  /** Writes a page of pictures. */
  public void page(String name, String title, List<Section> sections) throws IOException {
    int left = MOST_SHOWN;
    List<Object> shown = new ArrayList<>();
    for (Section section : sections) {
      int count = Math.min(left, section.pictures.size());
      left -= count;
      if (count > 0) {
        shown.add(json(section, count));
      }
    }
    int all = sections.stream().mapToInt(section -> section.pictures.size()).sum();
    Object data =
        ImmutableMap.of("sections", shown, "all", all, "shown", MOST_SHOWN - left, "side", SIDE);
    byte[] html =
        Page.html("gallery.html", title, data, ImmutableList.of("data.js", "gallery.js"))
            .getBytes(StandardCharsets.UTF_8);
    DurableFiles.write(folder.resolve(name), out -> out.write(html));
    written.add(name);
  }

  private Object json(Section section, int count) {
    List<Object> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      IndexedPicture picture = pictures.get(section.pictures.get(i));
      items.add(
          ImmutableMap.of(
              "name",
              picture.name(),
              "note",
              section.note.get(i),
              "picture",
              "data:image/jpeg;base64," + thumbnail(picture)));
    }
    return ImmutableMap.of("title", section.title, "items", items);
  }

  private String thumbnail(IndexedPicture picture) {
    byte[] jpeg = Thumbnails.jpeg(reader.read(picture.picture()));
    return Base64.getEncoder().encodeToString(jpeg);
  }

  /** Writes numbers as JSON. */
  public void json(String name, Object value) throws IOException {
    DurableFiles.write(folder.resolve(name), List.of(new ObjectMapper().writeValueAsString(value)));
    written.add(name);
  }

  /** Names of the files so far. */
  public ImmutableList<String> written() {
    return ImmutableList.copyOf(written);
  }

  @Override
  public void close() {
    reader.close();
  }
}
