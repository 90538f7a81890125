package org.dinojvm.explore.web;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.eval.PictureReader;
import org.dinojvm.explore.index.IndexedPicture;
import org.dinojvm.explore.index.PictureIndex;
import org.dinojvm.explore.index.PictureIndex.Hit;
import org.dinojvm.explore.report.PatchSpace;
import org.dinojvm.explore.report.PatchView;
import org.dinojvm.explore.report.PictureDetail;
import org.dinojvm.explore.report.Thumbnails;
import org.dinojvm.serve.FeatureModel;

/** What a model sees in a picture, and an index finds for it, as the page wants it. */
final class PictureLook implements AutoCloseable {

  /** Neighbours that are found. */
  private static final int NEIGHBOURS = 12;

  /** Pictures of the index that colors of patches are learned from at most. */
  private static final int LEARNED_FROM = 32;

  private static final int THUMBNAIL = 128;

  private final FeatureModel model;
  private final Optional<PictureIndex> index;
  private final ImmutableList<IndexedPicture> pictures;
  private final Map<String, Integer> numbers = new HashMap<>();
  private final Optional<PictureReader> reader;
  private final PictureReader thumbnails = new PictureReader(EvalView.square(THUMBNAIL));
  private final Optional<PatchSpace> space;

  /**
   * Prepares to look; model and index stay the caller's to close.
   *
   * @param index of the model's features, to find neighbours in
   */
  PictureLook(FeatureModel model, Optional<PictureIndex> index) throws IOException {
    this.model = model;
    this.index = index;
    this.pictures = index.isPresent() ? index.get().pictures() : ImmutableList.of();
    for (int i = 0; i < pictures.size(); i++) {
      numbers.put(pictures.get(i).name(), i);
    }
    this.reader =
        PatchView.appliesTo(model)
            ? Optional.of(new PictureReader(PatchView.view(model.info())))
            : Optional.empty();
    this.space = learn();
  }

  private Optional<PatchSpace> learn() {
    int count = Math.min(LEARNED_FROM, pictures.size());
    List<PatchView> views = new ArrayList<>();
    for (int i = 0; i < count && reader.isPresent() && model.hasTokens(); i++) {
      IndexedPicture picture = pictures.get((int) ((long) pictures.size() * i / count));
      try {
        views.add(PatchView.of(model, reader.get().read(picture.picture())));
      } catch (IllegalArgumentException e) {
        // Gone since it was indexed: the others are enough.
      }
    }
    return views.isEmpty() ? Optional.empty() : Optional.of(PatchSpace.of(views));
  }

  /** Pictures that may be asked for. */
  int size() {
    return pictures.size();
  }

  /** Of a picture that was sent. */
  ImmutableMap<String, Object> at(byte[] encoded) throws IOException, RequestException {
    try {
      Map<String, Object> json = new LinkedHashMap<>();
      List<Object> found = new ArrayList<>();
      float[] features = model.embed(List.of(encoded))[0];
      if (index.isPresent()) {
        for (Hit hit : index.get().search(features, NEIGHBOURS)) {
          found.add(json(hit));
        }
      }
      json.put("neighbours", found);
      if (reader.isPresent()) {
        json.put("detail", detail(reader.get().read(encoded)));
      }
      return ImmutableMap.copyOf(json);
    } catch (IllegalArgumentException e) { // TensorFlow's for what it cannot decode is one, too
      throw Upload.noPicture();
    }
  }

  private ImmutableMap<String, Object> json(Hit hit) {
    return ImmutableMap.of(
        "number", numbers.get(hit.picture().name()),
        "name", hit.picture().name(),
        "className", hit.picture().className(),
        "similarity", hit.similarity());
  }

  /** Of a picture of the index. */
  ImmutableMap<String, Object> detail(int number) throws RequestException {
    if (reader.isEmpty()) {
      throw new RequestException(404, "the model has neither attention nor patch tokens");
    }
    try {
      return detail(reader.get().read(pictures.get(number).picture()));
    } catch (IllegalArgumentException e) {
      throw new RequestException(410, "the picture cannot be read any more");
    }
  }

  private ImmutableMap<String, Object> detail(float[] pixels) {
    PatchView view = PatchView.of(model, pixels);
    Optional<PatchSpace> own =
        space.isEmpty() && view.tokens().isPresent()
            ? Optional.of(PatchSpace.of(List.of(view)))
            : space;
    return PictureDetail.json(view, pixels, own);
  }

  /** A JPEG of a picture of the index. */
  byte[] thumbnail(int number) throws RequestException {
    try {
      float[] pixels = thumbnails.read(pictures.get(number).picture());
      return Thumbnails.jpeg(pixels);
    } catch (IllegalArgumentException e) {
      throw new RequestException(410, "the picture cannot be read any more");
    }
  }

  @Override
  public void close() {
    reader.ifPresent(PictureReader::close);
    thumbnails.close();
  }
}
