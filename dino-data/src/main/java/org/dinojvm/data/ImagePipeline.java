package org.dinojvm.data;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import org.dinojvm.data.ImageFolder.Picture;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.data.MakeIterator;
import org.tensorflow.op.data.ParallelMapDataset;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/**
 * Pictures of a folder to batches of augmented views, by a native tf.data pipeline that runs ahead
 * of training.
 *
 * <p>Every draw is a function of (seed, epoch, picture, view), and nothing else has a state:
 * batches repeat bit for bit whatever the number of threads, and {@link #start} may begin at any
 * step. Each epoch visits the pictures in an order of its own; what does not fill a batch at its
 * end is left out. One epoch runs into the next without a pause.
 *
 * <p>Letters in shapes: B pictures a batch, n local crops, S and s the sides of global and local
 * crops.
 */
public final class ImagePipeline {

  /**
   * How the pipeline runs.
   *
   * @param batchSize pictures in a batch
   * @param seed of all draws
   * @param threads pictures in work at a time
   * @param memory bytes that decoded pictures may take; if all fit they are decoded but once
   */
  public record Settings(int batchSize, long seed, int threads, long memory) {

    /** What decoded pictures may take unless told otherwise: 1 GiB. */
    public static final long DEFAULT_MEMORY = 1L << 30;

    public Settings {
      checkArgument(batchSize >= 1, "illegal batch size %s: at least 1", batchSize);
      checkArgument(threads >= 1, "illegal number of threads %s: at least 1", threads);
      checkArgument(memory >= 0, "illegal memory %s: 0 bytes or more", memory);
    }

    /** As many threads as the machine has, and the default memory. */
    public static Settings of(int batchSize, long seed) {
      return new Settings(
          batchSize, seed, Runtime.getRuntime().availableProcessors(), DEFAULT_MEMORY);
    }
  }

  private static final DeviceSpec CPU =
      DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.CPU).deviceIndex(0).build();

  private static final int PREFETCHED_BATCHES = 2;

  private final ImageFolder folder;
  private final MultiCrop crops;
  private final Settings settings;

  private final Placeholder<TString> files;
  private final Placeholder<TInt64> firstPosition;
  private final MakeIterator makeIterator;
  private final List<Output<?>> batch;

  /**
   * Adds the pipeline to a graph, on the CPU.
   *
   * @throws IllegalArgumentException if the folder does not fill a batch
   */
  public ImagePipeline(Ops graph, ImageFolder folder, MultiCrop crops, Settings settings) {
    checkArgument(
        settings.batchSize <= folder.pictures().size(),
        "illegal batch size %s: %s has %s pictures; use a batch of at most that",
        settings.batchSize,
        folder.root(),
        folder.pictures().size());
    this.folder = folder;
    this.crops = crops;
    this.settings = settings;
    Ops tf = graph.withDevice(CPU);
    files = tf.placeholder(TString.class, Placeholder.shape(Shape.of(folder.pictures().size())));
    firstPosition = tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    Elements batches = Elements.cropMajor(crops, settings.batchSize);
    Operand<?> iterator = tf.data.iterator("", "", batches.types, batches.shapes);
    makeIterator = tf.data.makeIterator(batches(tf), iterator);
    batch = tf.data.iteratorGetNext(iterator, batches.types, batches.shapes).components();
  }

  /** Batches in an epoch; the pictures that are left over at its end do not fill one. */
  public int stepsPerEpoch() {
    return folder.pictures().size() / settings.batchSize;
  }

  /** Which pictures these are, [B], as indices into {@link ImageFolder#pictures}. */
  public Operand<TInt64> indices() {
    return batch.get(0).expect(TInt64.class);
  }

  /** Global crops, [2B, S, S, 3], normalised: crop 0 of all pictures, then crop 1. */
  public Operand<TFloat32> globalCrops() {
    return batch.get(1).expect(TFloat32.class);
  }

  /** Local crops, [nB, s, s, 3], in the same order; absent if there are none. */
  public Optional<Operand<TFloat32>> localCrops() {
    return crops.localCrops() == 0
        ? Optional.empty()
        : Optional.of(batch.get(2).expect(TFloat32.class));
  }

  /**
   * Makes the batch of a step the next one, counting from the first step of the first epoch. To be
   * called before the first batch is fetched; may be called again.
   */
  public void start(Session session, long step) {
    checkArgument(step >= 0, "illegal step %s: 0 or more", step);
    try (TString paths = paths(folder.pictures());
        TInt64 position = TInt64.scalarOf(Math.multiplyExact(step, (long) settings.batchSize))) {
      session
          .runner()
          .feed(files, paths)
          .feed(firstPosition, position)
          .addTarget(makeIterator)
          .run()
          .close();
    }
  }

  /** The files' names, [N], byte for byte as the file system has them, whatever the locale. */
  private static TString paths(List<Picture> pictures) {
    NdArray<byte[]> names = NdArrays.ofObjects(byte[].class, Shape.of(pictures.size()));
    for (int i = 0; i < pictures.size(); i++) {
      names.setObject(FileNames.bytes(pictures.get(i).file()), i);
    }
    return TString.tensorOfBytes(names);
  }

  /** Position → views of the picture there → batch, crops side by side → crop-major batch. */
  private Operand<?> batches(Ops tf) {
    Operand<TString> sources = keepsDecoded() ? decoded(tf) : files;
    Elements pictureMajor = Elements.pictureMajor(crops, settings.batchSize);
    Elements cropMajor = Elements.cropMajor(crops, settings.batchSize);
    try (ConcreteFunction viewsAt = ConcreteFunction.create(this::viewsAt);
        ConcreteFunction toCropMajor = ConcreteFunction.create(this::toCropMajor)) {
      Operand<?> mixed =
          tf.data.mapAndBatchDataset(
              range(tf, firstPosition, tf.constant(Long.MAX_VALUE)),
              ImmutableList.of(sources),
              tf.constant((long) settings.batchSize),
              tf.constant((long) settings.threads),
              tf.constant(true),
              viewsAt,
              pictureMajor.types,
              pictureMajor.shapes);
      Operand<?> sorted =
          tf.data.parallelMapDataset(
              mixed,
              ImmutableList.of(),
              tf.constant(1L),
              toCropMajor,
              cropMajor.types,
              cropMajor.shapes,
              ParallelMapDataset.deterministic("true"));
      return tf.data.prefetchDataset(
          sorted, tf.constant((long) PREFETCHED_BATCHES), cropMajor.types, cropMajor.shapes);
    }
  }

  private boolean keepsDecoded() {
    return folder.pictures().stream().mapToLong(p -> 3L * p.width() * p.height()).sum()
        <= settings.memory;
  }

  /** All pictures as {@link #decodedAt} has them, made when the pipeline starts; [N]. */
  private Operand<TString> decoded(Ops tf) {
    long count = folder.pictures().size();
    Elements all = Elements.of(TString.class, Shape.of(count));
    try (ConcreteFunction decodedAt = ConcreteFunction.create(this::decodedAt)) {
      Operand<?> dataset =
          tf.data.mapAndBatchDataset(
              range(tf, tf.constant(0L), tf.constant(count)),
              ImmutableList.of(files),
              tf.constant(count),
              tf.constant((long) settings.threads),
              tf.constant(true),
              decodedAt,
              all.types,
              all.shapes);
      return tf.data
          .datasetToSingleElement(dataset, all.types, all.shapes)
          .components()
          .get(0)
          .expect(TString.class);
    }
  }

  private static Operand<?> range(Ops tf, Operand<TInt64> from, Operand<TInt64> to) {
    Elements numbers = Elements.of(TInt64.class, Shape.scalar());
    return tf.data.rangeDataset(from, to, tf.constant(1L), numbers.types, numbers.shapes);
  }

  /** (index [], files [N]) → the decoded picture, serialised. */
  private Signature decodedAt(Ops tf) {
    Placeholder<TInt64> index = tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    Placeholder<TString> sources = sources(tf);
    return Signature.builder()
        .input("index", index)
        .input("sources", sources)
        .output("decoded", tf.io.serializeTensor(decode(tf, at(tf, sources, index))))
        .build();
  }

  /** (position [], files or decoded pictures [N]) → views of the picture whose turn it is. */
  private Signature viewsAt(Ops tf) {
    Placeholder<TInt64> position = tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    Placeholder<TString> sources = sources(tf);
    Operand<TInt64> epochLength = tf.constant((long) stepsPerEpoch() * settings.batchSize);
    Operand<TInt64> epoch = tf.math.floorDiv(position, epochLength);
    Operand<TInt64> index = shuffled(tf, tf.math.floorMod(position, epochLength), epoch);
    Operand<TString> source = at(tf, sources, index);
    Operand<TUint8> picture =
        keepsDecoded() ? tf.io.parseTensor(source, TUint8.class) : decode(tf, source);
    List<ViewDraw> draws =
        ViewDraw.forPicture(tf, crops, seed(tf, epoch, index), PictureDecoder.size(tf, picture));
    Signature.Builder signature =
        Signature.builder()
            .input("position", position)
            .input("sources", sources)
            .output("index", index)
            .output("globalCrops", views(tf, crops.globalSize(), picture, draws.subList(0, 2)));
    if (crops.localCrops() > 0) {
      signature.output(
          "localCrops", views(tf, crops.localSize(), picture, draws.subList(2, crops.views())));
    }
    return signature.build();
  }

  private Operand<TFloat32> views(Ops tf, int size, Operand<TUint8> picture, List<ViewDraw> draws) {
    try (ViewAugmenter augmenter = new ViewAugmenter(crops, size)) {
      return augmenter.views(tf, picture, draws);
    }
  }

  /** The picture at a place of an epoch's order, which is a cipher and so takes no memory. */
  private Operand<TInt64> shuffled(Ops tf, Operand<TInt64> place, Operand<TInt64> epoch) {
    Operand<TInt64> key =
        tf.stack(
            ImmutableList.of(
                tf.constant(settings.seed & 0xFFFF_FFFFL),
                tf.constant(settings.seed >>> 32),
                epoch));
    return tf.randomIndexShuffle(place, key, tf.constant(folder.pictures().size() - 1L));
  }

  /** The seed of a picture's draws, [2]. */
  private Operand<TInt64> seed(Ops tf, Operand<TInt64> epoch, Operand<TInt64> index) {
    Operand<TInt64> visit = tf.math.add(tf.math.mul(epoch, tf.constant(1L << 32)), index);
    return tf.stack(ImmutableList.of(tf.constant(settings.seed), visit));
  }

  /** Picture-major to crop-major: [B, crops, …] → [crops · B, …]. */
  private Signature toCropMajor(Ops tf) {
    Elements elements = Elements.pictureMajor(crops, settings.batchSize);
    Placeholder<TInt64> indices =
        tf.placeholder(TInt64.class, Placeholder.shape(elements.shapes.get(0)));
    Signature.Builder signature =
        Signature.builder().input("indices", indices).output("sameIndices", tf.identity(indices));
    for (int i = 1; i < elements.shapes.size(); i++) {
      Shape shape = elements.shapes.get(i);
      Placeholder<TFloat32> views = tf.placeholder(TFloat32.class, Placeholder.shape(shape));
      Operand<TFloat32> byCrop = tf.linalg.transpose(views, tf.constant(new int[] {1, 0, 2, 3, 4}));
      Shape flat = Shape.of(-1, shape.get(2), shape.get(3), shape.get(4));
      signature
          .input("views" + i, views)
          .output("crops" + i, tf.reshape(byCrop, tf.constant(flat)));
    }
    return signature.build();
  }

  private Placeholder<TString> sources(Ops tf) {
    return tf.placeholder(TString.class, Placeholder.shape(Shape.of(folder.pictures().size())));
  }

  private static Operand<TString> at(Ops tf, Operand<TString> sources, Operand<TInt64> index) {
    return tf.gather(sources, index, tf.constant(0));
  }

  private static Operand<TUint8> decode(Ops tf, Operand<TString> file) {
    return PictureDecoder.decode(tf, tf.io.readFile(file));
  }

  /** Types and shapes of what a dataset yields. */
  private record Elements(
      ImmutableList<Class<? extends TType>> types, ImmutableList<Shape> shapes) {

    static Elements of(Class<? extends TType> type, Shape shape) {
      return new Elements(ImmutableList.of(type), ImmutableList.of(shape));
    }

    static Elements pictureMajor(MultiCrop crops, int batchSize) {
      Shape batch = Shape.of(batchSize);
      return views(
          crops, batch, batch.append(Shape.of(2)), batch.append(Shape.of(crops.localCrops())));
    }

    static Elements cropMajor(MultiCrop crops, int batchSize) {
      return views(
          crops,
          Shape.of(batchSize),
          Shape.of(2L * batchSize),
          Shape.of((long) crops.localCrops() * batchSize));
    }

    private static Elements views(MultiCrop crops, Shape indices, Shape global, Shape local) {
      Shape globalShape = global.append(pixels(crops.globalSize()));
      Shape localShape = local.append(pixels(crops.localSize()));
      return crops.localCrops() == 0
          ? new Elements(
              ImmutableList.of(TInt64.class, TFloat32.class),
              ImmutableList.of(indices, globalShape))
          : new Elements(
              ImmutableList.of(TInt64.class, TFloat32.class, TFloat32.class),
              ImmutableList.of(indices, globalShape, localShape));
    }

    private static Shape pixels(int side) {
      return Shape.of(side, side, 3);
    }
  }
}
