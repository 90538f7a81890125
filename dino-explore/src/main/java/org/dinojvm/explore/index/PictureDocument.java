package org.dinojvm.explore.index;

import java.nio.file.Path;
import java.util.Optional;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.dinojvm.data.source.ImageFolder.Part;

/** A picture and its features as a document of Lucene's. */
final class PictureDocument {

  /** The field of features, of length 1 each. */
  static final String FEATURES = "features";

  private static final String NAME = "name";
  private static final String FILE = "file";
  private static final String CLASS = "class";
  private static final String WIDTH = "width";
  private static final String HEIGHT = "height";
  private static final String BYTES = "bytes";
  private static final String MODIFIED = "modified";
  private static final String CONTENT_HASH = "sha256";
  private static final String PART_NUMBER = "part_number";
  private static final String PART_BEFORE = "part_before";
  private static final String PART_LENGTH = "part_length";
  private static final String PART_AFTER = "part_after";

  private PictureDocument() {}

  /** What finds the document of a picture. */
  static Term key(String name) {
    return new Term(NAME, name);
  }

  /** What finds the documents of all pictures with the same bytes. */
  static Term content(String hash) {
    return new Term(CONTENT_HASH, hash);
  }

  /**
   * A document to be indexed.
   *
   * @param unit [D], of length 1
   */
  static Document of(IndexedPicture picture, float[] unit) {
    Document document = new Document();
    document.add(new StringField(NAME, picture.name(), Store.YES));
    document.add(new StringField(CLASS, picture.className(), Store.YES));
    document.add(new StoredField(FILE, picture.file().toString()));
    document.add(new StoredField(WIDTH, picture.width()));
    document.add(new StoredField(HEIGHT, picture.height()));
    document.add(new StoredField(BYTES, picture.bytes()));
    document.add(new StoredField(MODIFIED, picture.modified()));
    document.add(new StringField(CONTENT_HASH, picture.contentHash(), Store.YES));
    picture.part().ifPresent(part -> addPart(document, part));
    document.add(new KnnFloatVectorField(FEATURES, unit, VectorSimilarityFunction.DOT_PRODUCT));
    return document;
  }

  private static void addPart(Document document, Part part) {
    document.add(new StoredField(PART_NUMBER, part.number()));
    document.add(new StoredField(PART_BEFORE, part.before()));
    document.add(new StoredField(PART_LENGTH, part.length()));
    document.add(new StoredField(PART_AFTER, part.after()));
  }

  /** The picture of a document. */
  static IndexedPicture picture(Document document) {
    return new IndexedPicture(
        document.get(NAME),
        Path.of(document.get(FILE)),
        part(document),
        document.get(CLASS),
        number(document, WIDTH).intValue(),
        number(document, HEIGHT).intValue(),
        number(document, BYTES).longValue(),
        number(document, MODIFIED).longValue(),
        document.get(CONTENT_HASH));
  }

  private static Optional<Part> part(Document document) {
    return document.getField(PART_NUMBER) == null
        ? Optional.empty()
        : Optional.of(
            new Part(
                number(document, PART_NUMBER).intValue(),
                number(document, PART_BEFORE).longValue(),
                number(document, PART_LENGTH).intValue(),
                number(document, PART_AFTER).longValue()));
  }

  private static Number number(Document document, String field) {
    return document.getField(field).numericValue();
  }
}
