package org.dinojvm.explore.index;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.math.IntMath;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexFormatTooOldException;
import org.apache.lucene.index.IndexNotFoundException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.VectorUtil;
import org.dinojvm.eval.math.UnitRows;
import org.dinojvm.serve.FeatureModel;

/**
 * A folder of pictures, searchable by what a model sees in them: an embedded Lucene index. It is
 * what the last {@link IndexUpdate} committed, also while another one is running. Several threads
 * may search at the same time.
 *
 * <pre>{@code
 * try (PictureIndex index = PictureIndex.open(Path.of("pictures.index"));
 *     FeatureModel model = index.openModel()) {
 *   for (PictureIndex.Hit hit : index.search(model.embed(Path.of("query.jpg")), 10)) {
 *     System.out.println(hit.similarity() + " " + hit.picture().file());
 *   }
 * }
 * }</pre>
 *
 * <p>Letters in shapes: N pictures, D features.
 */
public final class PictureIndex implements Closeable {

  /** Candidates that the graph is searched for at least; the best of them are given. */
  private static final int LEAST_CANDIDATES = 200;

  private final Path folder;
  private final IndexDescription description;
  private final DirectoryReader reader;
  private final IndexSearcher searcher;

  /**
   * A picture that was found.
   *
   * @param similarity cosine of its features and the query's, of full precision
   */
  public record Hit(IndexedPicture picture, float similarity) {}

  private PictureIndex(Path folder, DirectoryReader reader) throws IOException {
    this.folder = folder;
    this.reader = reader;
    this.searcher = new IndexSearcher(reader);
    this.description = IndexDescription.read(folder, reader.getIndexCommit().getUserData());
  }

  /**
   * Opens an index to search in it.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static PictureIndex open(Path folder) throws IOException {
    checkArgument(
        Files.isDirectory(folder),
        "no index at %s; make one: dino index --output %s",
        folder,
        folder);
    DirectoryReader reader = null;
    try {
      reader = DirectoryReader.open(FSDirectory.open(folder));
      return new PictureIndex(folder, reader);
    } catch (IndexNotFoundException | IndexFormatTooOldException e) {
      throw new IllegalArgumentException(
          "%s holds no index of pictures; make one: dino index --output DIR".formatted(folder), e);
    } catch (RuntimeException e) {
      if (reader != null) {
        reader.close();
      }
      throw e;
    }
  }

  /** What it holds. */
  public IndexDescription description() {
    return description;
  }

  /** Number of pictures. */
  public int size() {
    return reader.numDocs();
  }

  /**
   * Opens the model that the index was made with, which is the caller's to close.
   *
   * @throws IllegalArgumentException if it is gone, or has other weights now
   */
  public FeatureModel openModel() {
    return requireSameModel(FeatureModel.open(description.model()));
  }

  /**
   * Takes a model if its features are those of the index, and else closes it.
   *
   * @return the same model
   * @throws IllegalArgumentException if it has other weights
   */
  public FeatureModel requireSameModel(FeatureModel model) {
    try {
      description.checkModel(folder, model.fingerprint(), model.info().arch());
      return model;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * Finds the pictures most like a query, approximately: see {@link Recall}.
   *
   * @param features [D] of the query, of any length
   * @param count how many to find; all where there are fewer
   * @return the most similar first; of equals, by name
   */
  public ImmutableList<Hit> search(float[] features, int count) throws IOException {
    return search(features, count, Math.max(LEAST_CANDIDATES, IntMath.checkedMultiply(2, count)));
  }

  /** The same by a number of candidates. */
  ImmutableList<Hit> search(float[] features, int count, int candidates) throws IOException {
    checkArgument(count >= 1, "cannot find %s pictures: at least 1", count);
    checkArgument(
        features.length == description.dimensions(),
        "a query of %s features, the index has %s: use the index's model",
        features.length,
        description.dimensions());
    float[] unit = UnitRows.of(new float[][] {features})[0];
    KnnFloatVectorQuery query = new KnnFloatVectorQuery(PictureDocument.FEATURES, unit, candidates);
    ScoreDoc[] found = searcher.search(query, candidates).scoreDocs;
    if (description.quantized()) {
      rescore(found, unit);
    } else {
      for (ScoreDoc one : found) {
        one.score = 2 * one.score - 1; // Lucene's scores are not negative: (1 + cosine) / 2
      }
    }
    StoredFields fields = reader.storedFields();
    List<Hit> hits = new ArrayList<>();
    for (ScoreDoc one : Arrays.asList(found).subList(0, Math.min(count, found.length))) {
      hits.add(new Hit(PictureDocument.picture(fields.document(one.doc)), one.score));
    }
    hits.sort(
        Comparator.comparingDouble((Hit hit) -> -hit.similarity())
            .thenComparing(hit -> hit.picture().name()));
    return ImmutableList.copyOf(hits);
  }

  /** Cosines of full precision for those by a byte a feature, sorted anew. */
  private void rescore(ScoreDoc[] found, float[] unit) throws IOException {
    Arrays.sort(found, Comparator.comparingInt(one -> one.doc));
    int leaf = -1;
    FloatVectorValues values = null;
    for (ScoreDoc one : found) {
      if (ReaderUtil.subIndex(one.doc, reader.leaves()) != leaf) {
        leaf = ReaderUtil.subIndex(one.doc, reader.leaves());
        values = valuesOf(reader.leaves().get(leaf));
      }
      values.advance(one.doc - reader.leaves().get(leaf).docBase);
      one.score = VectorUtil.dotProduct(unit, values.vectorValue());
    }
    Arrays.sort(found, Comparator.comparingDouble(one -> -one.score));
  }

  private static FloatVectorValues valuesOf(LeafReaderContext leaf) throws IOException {
    return leaf.reader().getFloatVectorValues(PictureDocument.FEATURES);
  }

  /** [D], which the next call may change. */
  private float[] vector(int document) throws IOException {
    List<LeafReaderContext> leaves = reader.leaves();
    LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(document, leaves));
    FloatVectorValues values = valuesOf(leaf);
    values.advance(document - leaf.docBase);
    return values.vectorValue();
  }

  /** All pictures, by name. */
  public ImmutableList<IndexedPicture> pictures() throws IOException {
    List<IndexedPicture> pictures = new ArrayList<>(size());
    StoredFields fields = reader.storedFields();
    for (int document : liveDocuments()) {
      pictures.add(PictureDocument.picture(fields.document(document)));
    }
    pictures.sort(Comparator.comparing(IndexedPicture::name));
    return ImmutableList.copyOf(pictures);
  }

  /** All pictures and their features, by name: 4 · N · D bytes of memory. */
  public PictureVectors vectors() throws IOException {
    record Row(IndexedPicture picture, float[] vector) {}
    List<Row> rows = new ArrayList<>(size());
    StoredFields fields = reader.storedFields();
    for (LeafReaderContext leaf : reader.leaves()) {
      FloatVectorValues values = valuesOf(leaf);
      Bits live = leaf.reader().getLiveDocs();
      while (values != null && values.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
        if (live == null || live.get(values.docID())) {
          rows.add(
              new Row(
                  PictureDocument.picture(fields.document(leaf.docBase + values.docID())),
                  values.vectorValue().clone()));
        }
      }
    }
    rows.sort(Comparator.comparing(row -> row.picture.name()));
    return new PictureVectors(
        rows.stream().map(Row::picture).collect(ImmutableList.toImmutableList()),
        rows.stream().map(Row::vector).toArray(float[][]::new));
  }

  /**
   * The features of a picture with given bytes, of length 1, [D]; empty if there is none.
   *
   * @param contentHash SHA-256 of the bytes, hexadecimal
   */
  Optional<float[]> vectorOf(String contentHash) throws IOException {
    TopDocs found = searcher.search(new TermQuery(PictureDocument.content(contentHash)), 1);
    return found.scoreDocs.length == 0
        ? Optional.empty()
        : Optional.of(vector(found.scoreDocs[0].doc).clone());
  }

  private List<Integer> liveDocuments() {
    List<Integer> documents = new ArrayList<>(size());
    for (LeafReaderContext leaf : reader.leaves()) {
      Bits live = leaf.reader().getLiveDocs();
      for (int i = 0; i < leaf.reader().maxDoc(); i++) {
        if (live == null || live.get(i)) {
          documents.add(leaf.docBase + i);
        }
      }
    }
    return documents;
  }

  /** Its size on the disk in bytes. */
  public long bytes() throws IOException {
    long bytes = 0;
    for (String file : reader.getIndexCommit().getFileNames()) {
      bytes += Files.size(folder.resolve(file));
    }
    return bytes;
  }

  /** Number of Lucene's segments, each with a graph of its own. */
  public int segments() {
    return reader.leaves().size();
  }

  @Override
  public void close() throws IOException {
    reader.close();
    reader.directory().close();
  }
}
