package org.dinojvm.explore.index;

import java.io.IOException;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.lucene912.Lucene912Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;

/**
 * How Lucene writes features: a graph of near neighbours (HNSW, Malkov and Yashunin 2018), over
 * floats or over bytes beside them. What is written is read without this class, by Lucene's own.
 */
final class VectorCodec {

  /** Neighbours of a node, M in the paper. */
  private static final int MAX_CONNECTIONS = 24;

  /** Candidates while a node is added, efConstruction in the paper. */
  private static final int BEAM_WIDTH = 200;

  /** More than any published backbone has; Lucene's own bound is 1024. */
  private static final int MAX_DIMENSIONS = 1 << 14;

  private VectorCodec() {}

  /**
   * A codec for new segments.
   *
   * @param quantized whether the graph is made and searched with a byte a feature
   */
  static Codec of(boolean quantized) {
    KnnVectorsFormat format =
        quantized
            ? new Lucene99HnswScalarQuantizedVectorsFormat(MAX_CONNECTIONS, BEAM_WIDTH)
            : new Lucene99HnswVectorsFormat(MAX_CONNECTIONS, BEAM_WIDTH);
    return new Lucene912Codec() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return new WideVectors(format);
      }
    };
  }

  /** A format under its own name, so that Lucene finds the reader, for longer vectors. */
  private static final class WideVectors extends KnnVectorsFormat {

    private final KnnVectorsFormat format;

    WideVectors(KnnVectorsFormat format) {
      super(format.getName());
      this.format = format;
    }

    @Override
    public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
      return format.fieldsWriter(state);
    }

    @Override
    public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
      return format.fieldsReader(state);
    }

    @Override
    public int getMaxDimensions(String field) {
      return MAX_DIMENSIONS;
    }
  }
}
