package org.dinojvm.data;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.regex.Pattern;
import org.dinojvm.data.EpochOrder.Visit;
import org.dinojvm.data.source.FileNames;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Part;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.PictureDecoder;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.LongNdArray;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * Where decoded pictures come from: files, or parts of files, decoded anew each time; or all
 * pictures, decoded once when the pipeline starts. One that cannot be read is replaced by the first
 * one behind it in the epoch that can.
 */
final class Sources {

  /** Pictures that are tried in place of one that cannot be read; none if the disk is gone. */
  private static final long REPLACEMENTS = 1_000;

  private static final Pattern JPEG_NAME = Pattern.compile("(?i).*\\.jpe?g");

  /**
   * What pictures are read from, as tensors of the graph or as inputs of a function.
   *
   * @param bytes [N] the files' names; or decoded pictures, serialized
   * @param parts [N, 3] bytes before, in and after each picture in its file; [0, 3] where pictures
   *     are files
   * @param halvings [N] how often each one's sides are halved if it is a JPEG; [0] where none are
   * @param origins [N] which picture each decoded one is; [0] where they are files
   */
  private record Tensors(
      Operand<TString> bytes,
      Operand<TInt64> parts,
      Operand<TInt32> halvings,
      Operand<TInt64> origins) {

    ImmutableList<Operand<?>> all() {
      return ImmutableList.of(bytes, parts, halvings, origins);
    }
  }

  /** A decoded picture [H, W, 3], and which it is []. */
  record Read(Operand<TInt64> index, Operand<TUint8> picture) {}

  private final ImageFolder folder;
  private final EpochOrder order;
  private final int draftSide;
  private final boolean decodedOnce;
  private final Placeholder<TString> files;
  private final Placeholder<TInt64> parts;
  private final Placeholder<TInt32> halvings;
  private final Tensors tensors;

  /**
   * Adds the sources to a graph.
   *
   * @param draftSide to which the shorter side of JPEGs may be reduced; 0 for none
   * @param memory bytes that decoded pictures may take; if all fit they are decoded but once
   * @param threads pictures that are then decoded at a time
   */
  Sources(Ops tf, ImageFolder folder, EpochOrder order, int draftSide, long memory, int threads) {
    this.folder = folder;
    this.order = order;
    this.draftSide = draftSide;
    this.decodedOnce = decodedBytes() <= memory;
    this.files = bytes(tf);
    this.parts = parts(tf);
    this.halvings = halvings(tf);
    Tensors asFiles = new Tensors(files, parts, halvings, tf.constant(new long[0]));
    this.tensors = decodedOnce ? decoded(tf, asFiles, threads) : asFiles;
  }

  private long decodedBytes() {
    return folder.pictures().stream()
        .mapToLong(p -> (3L * p.width() * p.height()) >> (isNamedJpeg(p) ? 2 * halvings(p) : 0))
        .sum();
  }

  private int halvings(Picture picture) {
    return PictureDecoder.halvings(Math.min(picture.width(), picture.height()), draftSide);
  }

  /** What a picture is shows when it is read; what is named otherwise counts in full until then. */
  private static boolean isNamedJpeg(Picture picture) {
    return picture.part().isEmpty() && JPEG_NAME.matcher(picture.fileName()).matches();
  }

  /** Further inputs of a function that calls {@link #inputs}. */
  ImmutableList<Operand<?>> captured() {
    return tensors.all();
  }

  /** Runs what starts the pipeline, with the files' names and places. */
  void run(Session.Runner start) {
    try (TString fedNames = names();
        TInt64 fedParts = places();
        TInt32 fedHalvings = halvings()) {
      start.feed(files, fedNames).feed(parts, fedParts).feed(halvings, fedHalvings).run().close();
    }
  }

  /** Adds the sources to a function's inputs; what it reads from is the result. */
  Reader inputs(Ops tf, Signature.Builder signature) {
    Tensors inner = inputs(tf, signature, decodedOnce);
    return visit -> decodedOnce ? kept(tf, inner, visit.index()) : firstReadable(tf, inner, visit);
  }

  /** Reads in a function. */
  interface Reader {
    /** The picture of a visit, or its replacement. */
    Read read(Visit visit);
  }

  private Tensors inputs(Ops tf, Signature.Builder signature, boolean decoded) {
    int origins = decoded ? count() : 0;
    Tensors inner =
        new Tensors(
            bytes(tf),
            parts(tf),
            halvings(tf),
            tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(origins))));
    signature
        .input("sources", inner.bytes)
        .input("parts", inner.parts)
        .input("halvings", inner.halvings)
        .input("origins", inner.origins);
    return inner;
  }

  private Tensors decoded(Ops tf, Tensors asFiles, int threads) {
    Elements all =
        new Elements().and(TInt64.class, Shape.of(count())).and(TString.class, Shape.of(count()));
    Operand<?> indices = Datasets.range(tf, tf.constant(0L), tf.constant((long) count()));
    Operand<?> decoded =
        Datasets.mapAndBatch(tf, indices, asFiles.all(), this::decodedAt, count(), threads, all);
    List<Output<?>> kept = Datasets.single(tf, decoded, all);
    return new Tensors(
        kept.get(1).expect(TString.class), parts, halvings, kept.get(0).expect(TInt64.class));
  }

  /** (index [], sources) → index of the picture that was read, and the picture, serialized. */
  private Signature decodedAt(Ops tf) {
    Placeholder<TInt64> index = scalar(tf);
    Signature.Builder signature = Signature.builder("decodedAt").input("index", index);
    Tensors inner = inputs(tf, signature, false);
    Read read = firstReadable(tf, inner, new Visit(index, index, tf.constant(0L)));
    return signature
        .output("origin", read.index)
        .output("decoded", tf.io.serializeTensor(read.picture))
        .build();
  }

  private static Read kept(Ops tf, Tensors inner, Operand<TInt64> index) {
    return new Read(
        tf.gather(inner.origins, index, tf.constant(0)),
        tf.io.parseTensor(tf.gather(inner.bytes, index, tf.constant(0)), TUint8.class));
  }

  private Read firstReadable(Ops tf, Tensors inner, Visit visit) {
    Elements one =
        new Elements().and(TInt64.class, Shape.scalar()).and(TUint8.class, Shape.of(-1, -1, 3));
    Operand<?> distances = Datasets.range(tf, tf.constant(0L), tf.constant(1 + REPLACEMENTS));
    ImmutableList<Operand<?>> captured =
        ImmutableList.<Operand<?>>builder()
            .add(visit.index(), visit.place(), visit.epoch())
            .addAll(inner.all())
            .build();
    Operand<?> readable =
        Datasets.mapWithoutFailures(tf, distances, captured, this::decodedBehind, one);
    Operand<?> first = tf.data.takeDataset(readable, tf.constant(1L), one.types(), one.shapes());
    List<Output<?>> read = Datasets.single(tf, first, one);
    return new Read(read.get(0).expect(TInt64.class), read.get(1).expect(TUint8.class));
  }

  /** (distance [], visit, sources) → index and decoded picture of the visit so far behind. */
  private Signature decodedBehind(Ops tf) {
    Placeholder<TInt64> distance = scalar(tf);
    Visit start = new Visit(scalar(tf), scalar(tf), scalar(tf));
    Signature.Builder signature =
        Signature.builder("decodedBehind")
            .input("distance", distance)
            .input("index", start.index())
            .input("place", start.place())
            .input("epoch", start.epoch());
    Tensors inner = inputs(tf, signature, false);
    Operand<TInt64> index = order.behind(tf, start, distance).index();
    return signature.output("index", index).output("picture", decode(tf, inner, index)).build();
  }

  private Operand<TUint8> decode(Ops tf, Tensors inner, Operand<TInt64> index) {
    Operand<TString> file = tf.gather(inner.bytes, index, tf.constant(0));
    Operand<TString> encoded =
        areParts()
            ? readPart(tf, file, tf.gather(inner.parts, index, tf.constant(0)))
            : tf.io.readFile(file);
    return draftSide == 0
        ? PictureDecoder.decode(tf, encoded)
        : PictureDecoder.decode(tf, encoded, tf.gather(inner.halvings, index, tf.constant(0)));
  }

  /**
   * The bytes of a part of a file, []: the only record of a data set whose header is all that is
   * before it.
   *
   * @param place [3] bytes before, in and after the part
   */
  private static Operand<TString> readPart(Ops tf, Operand<TString> file, Operand<TInt64> place) {
    List<? extends Operand<TInt64>> bytes = tf.unstack(place, 3L).output();
    Operand<TString> uncompressed = tf.constant("");
    Operand<?> records =
        tf.data.fixedLengthRecordDataset(
            tf.expandDims(file, tf.constant(0)),
            bytes.get(0),
            bytes.get(1),
            bytes.get(2),
            bytes.get(1),
            uncompressed);
    Elements one = new Elements().and(TString.class, Shape.scalar());
    return Datasets.single(tf, records, one).get(0).expect(TString.class);
  }

  private int count() {
    return folder.pictures().size();
  }

  /** Whether pictures are parts of files, which then all of them are. */
  private boolean areParts() {
    return folder.pictures().get(0).part().isPresent();
  }

  private Placeholder<TString> bytes(Ops tf) {
    return tf.placeholder(TString.class, Placeholder.shape(Shape.of(count())));
  }

  private Placeholder<TInt64> parts(Ops tf) {
    return tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(areParts() ? count() : 0, 3)));
  }

  private Placeholder<TInt32> halvings(Ops tf) {
    return tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(draftSide == 0 ? 0 : count())));
  }

  private static Placeholder<TInt64> scalar(Ops tf) {
    return tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
  }

  /** The files' names, [N], byte for byte as the file system has them, whatever the locale. */
  private TString names() {
    NdArray<byte[]> names = NdArrays.ofObjects(byte[].class, Shape.of(count()));
    for (int i = 0; i < count(); i++) {
      names.setObject(FileNames.bytes(folder.pictures().get(i).file()), i);
    }
    return TString.tensorOfBytes(names);
  }

  /** How often each picture's sides are halved, [N]; [0] where none are. */
  private TInt32 halvings() {
    return TInt32.vectorOf(
        draftSide == 0
            ? new int[0]
            : folder.pictures().stream().mapToInt(this::halvings).toArray());
  }

  /** Bytes before, in and after each picture in its file, [N, 3]; [0, 3] if pictures are files. */
  private TInt64 places() {
    List<Picture> pictures = areParts() ? folder.pictures() : ImmutableList.of();
    LongNdArray places = NdArrays.ofLongs(Shape.of(pictures.size(), 3));
    for (int i = 0; i < pictures.size(); i++) {
      Part part = pictures.get(i).part().orElseThrow();
      places.setLong(part.before(), i, 0);
      places.setLong(part.length(), i, 1);
      places.setLong(part.after(), i, 2);
    }
    return TInt64.tensorOf(places);
  }
}
