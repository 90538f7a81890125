package org.dinojvm.data;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.dinojvm.data.ImageFolder.Part;
import org.dinojvm.data.ImageFolder.Picture;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.DeviceSpec;
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
import org.tensorflow.op.data.IteratorGetNext;
import org.tensorflow.op.data.MakeIterator;
import org.tensorflow.op.data.MapDataset;
import org.tensorflow.op.data.ParallelMapDataset;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
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
 * step. Each epoch visits the pictures in an order of its own, which workers share out; what does
 * not fill a batch at its end is left out. One epoch runs into the next without a pause.
 *
 * <p>A picture that can no longer be read is replaced by the next one of the epoch's order that
 * can, and {@link #unreadable} tells.
 *
 * <p>Letters in shapes: B pictures a batch, n local crops, S and s the sides of global and local
 * crops.
 */
public final class ImagePipeline {

  /**
   * How the pipeline runs.
   *
   * @param batchSize pictures in a batch
   * @param batchesPerStep batches that a training step takes; an epoch is whole steps
   * @param seed of all draws
   * @param threads pictures in work at a time
   * @param memory bytes that decoded pictures may take; if all fit they are decoded but once
   * @param share which of the pictures are this worker's
   */
  public record Settings(
      int batchSize, int batchesPerStep, long seed, int threads, long memory, Share share) {

    /** What decoded pictures may take unless told otherwise: 1 GiB. */
    public static final long DEFAULT_MEMORY = 1L << 30;

    public Settings {
      checkArgument(batchSize >= 1, "illegal batch size %s: at least 1", batchSize);
      checkArgument(batchesPerStep >= 1, "illegal batches per step %s: at least 1", batchesPerStep);
      checkArgument(threads >= 1, "illegal number of threads %s: at least 1", threads);
      checkArgument(memory >= 0, "illegal memory %s: 0 bytes or more", memory);
    }

    /** All pictures for one worker. */
    public Settings(int batchSize, int batchesPerStep, long seed, int threads, long memory) {
      this(batchSize, batchesPerStep, seed, threads, memory, Share.ALL);
    }

    /** A batch a step, as many threads as the machine has, and the default memory. */
    public static Settings of(int batchSize, long seed) {
      return new Settings(
          batchSize, 1, seed, Runtime.getRuntime().availableProcessors(), DEFAULT_MEMORY);
    }

    /** Pictures that a training step takes, on all workers. */
    private long perStep() {
      return (long) batchSize * batchesPerStep * share.workers;
    }
  }

  /**
   * Every {@code workers}-th picture of each epoch's order: the workers of a run see all pictures,
   * and none sees another's.
   *
   * @param worker number of this one, from 0
   * @param workers how many there are
   */
  public record Share(int worker, int workers) {

    /** The only worker. */
    public static final Share ALL = new Share(0, 1);

    public Share {
      checkArgument(
          0 <= worker && worker < workers,
          "illegal worker %s of %s: count the workers from 0",
          worker,
          workers);
    }
  }

  private static final DeviceSpec CPU =
      DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.CPU).deviceIndex(0).build();

  private static final long PREFETCHED_BATCHES = 2;

  /** Pictures that are tried in place of one that cannot be read; none if the disk is gone. */
  private static final long REPLACEMENTS = 1_000;

  private final ImageFolder folder;
  private final MultiCrop crops;
  private final Settings settings;
  private final ViewDraws viewDraws;
  private final ImmutableList<Resolution> resolutions;

  private final Placeholder<TString> files;
  private final Placeholder<TInt64> parts;
  private final Placeholder<TInt64> firstPosition;
  private final MakeIterator makeIterator;
  private final List<Output<?>> batch;
  private final Operand<TFloat32> secondsWaited;

  /**
   * Adds the pipeline to a graph, on the CPU.
   *
   * @throws IllegalArgumentException if the folder does not fill a batch
   */
  public ImagePipeline(Ops graph, ImageFolder folder, MultiCrop crops, Settings settings) {
    checkArgument(
        settings.perStep() <= folder.pictures().size(),
        "illegal batch size %s: %s has %s pictures; use a batch of at most that",
        settings.perStep(),
        folder.root(),
        folder.pictures().size());
    this.folder = folder;
    this.crops = crops;
    this.settings = settings;
    viewDraws = new ViewDraws(crops);
    resolutions = Resolution.of(crops);
    Ops tf = graph.withDevice(CPU);
    files = allSources(tf);
    parts = allParts(tf);
    firstPosition = tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    Elements elements = stampedElements();
    Operand<?> iterator = tf.data.iterator("", "", elements.types, elements.shapes);
    makeIterator = tf.data.makeIterator(batches(tf), iterator);
    Operand<TFloat64> asked = tf.timestamp();
    IteratorGetNext next =
        tf.withControlDependencyOps(asked.op())
            .data
            .iteratorGetNext(iterator, elements.types, elements.shapes);
    batch = next.components();
    Operand<TFloat64> answered = batch.get(batch.size() - 1).expect(TFloat64.class);
    // A batch that was ready before it was asked for was not waited for.
    Operand<TFloat64> waited = tf.math.maximum(tf.math.sub(answered, asked), tf.constant(0.0));
    secondsWaited = tf.dtypes.cast(waited, TFloat32.class);
  }

  /** Steps in an epoch; the pictures that are left over at its end do not fill one. */
  public int stepsPerEpoch() {
    return (int) (folder.pictures().size() / settings.perStep());
  }

  /** Which pictures these are, [B], as indices into {@link ImageFolder#pictures}. */
  public Operand<TInt64> indices() {
    return batch.get(0).expect(TInt64.class);
  }

  /** Which pictures should have been there and could not be read, [B]; −1 where all is well. */
  public Operand<TInt64> unreadable() {
    return batch.get(1).expect(TInt64.class);
  }

  /** Global crops, [2B, S, S, 3], normalised: crop 0 of all pictures, then crop 1. */
  public Operand<TFloat32> globalCrops() {
    return batch.get(2).expect(TFloat32.class);
  }

  /** Local crops, [nB, s, s, 3], in the same order; absent if there are none. */
  public Optional<Operand<TFloat32>> localCrops() {
    return crops.localCrops() == 0
        ? Optional.empty()
        : Optional.of(batch.get(3).expect(TFloat32.class));
  }

  /** How long this batch was waited for, in seconds, []. */
  public Operand<TFloat32> secondsWaited() {
    return secondsWaited;
  }

  /**
   * Makes the first batch of a step the next one, counting from the first step of the first epoch.
   * To be called before the first batch is fetched; may be called again.
   */
  public void start(Session session, long step) {
    checkArgument(step >= 0, "illegal step %s: 0 or more", step);
    try (TString paths = paths(folder.pictures());
        TInt64 places = places();
        TInt64 position =
            TInt64.scalarOf(
                Math.multiplyExact(step, settings.perStep() / settings.share.workers))) {
      session
          .runner()
          .feed(files, paths)
          .feed(parts, places)
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

  /** Whether pictures are parts of files, which then all of them are. */
  private boolean areParts() {
    return folder.pictures().get(0).part().isPresent();
  }

  /** Bytes before, in and after each picture in its file, [N, 3]; none if pictures are files. */
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

  /** Position → views of its picture → batch. */
  private Operand<?> batches(Ops tf) {
    Operand<?> positions = range(tf, firstPosition, tf.constant(Long.MAX_VALUE));
    Operand<?> mixed =
        mapAndBatch(
            tf,
            positions,
            sources(tf),
            this::viewsAt,
            settings.batchSize,
            elements(r -> Shape.of(settings.batchSize, r.count, r.size, r.size, 3)));
    Operand<?> batches = map(tf, mixed, tf.constant(1L), this::toCropMajor, batchElements());
    Operand<?> ready =
        tf.data.prefetchDataset(
            batches,
            tf.constant(PREFETCHED_BATCHES),
            batchElements().types,
            batchElements().shapes);
    return stamped(tf, ready);
  }

  /**
   * Adds to each batch the time at which it is handed over. A timestamp in the graph itself would
   * wait until a thread is free of the step's own operations, and count that, too.
   */
  private Operand<?> stamped(Ops tf, Operand<?> dataset) {
    try (ConcreteFunction function = ConcreteFunction.create(this::stamp)) {
      return tf.data.mapDataset(
          dataset,
          ImmutableList.of(),
          function,
          stampedElements().types,
          stampedElements().shapes,
          MapDataset.useInterOpParallelism(false));
    }
  }

  private Signature stamp(Ops tf) {
    Signature.Builder signature = Signature.builder("stamp");
    Elements elements = batchElements();
    for (int i = 0; i < elements.types.size(); i++) {
      Placeholder<?> part =
          tf.placeholder(elements.types.get(i), Placeholder.shape(elements.shapes.get(i)));
      signature.input("part" + i, part).output("same" + i, tf.identity(part));
    }
    return signature.output("time", tf.timestamp()).build();
  }

  private Elements stampedElements() {
    return batchElements().and(TFloat64.class, Shape.scalar());
  }

  private boolean keepsDecoded() {
    return folder.pictures().stream().mapToLong(p -> 3L * p.width() * p.height()).sum()
        <= settings.memory;
  }

  /**
   * Where pictures come from.
   *
   * @param bytes [N] the files' names; or decoded pictures, serialised
   * @param parts [N, 3] or [0, 3], see {@link #places}
   * @param origins [N] which picture each decoded one is; [0] where they are files
   */
  private record Sources(Operand<TString> bytes, Operand<TInt64> parts, Operand<TInt64> origins) {

    ImmutableList<Operand<?>> captured() {
      return ImmutableList.of(bytes, parts, origins);
    }
  }

  private Sources files(Ops tf) {
    return new Sources(files, parts, tf.constant(new long[0]));
  }

  /** The decoded pictures, made when the pipeline starts, if they fit; or else the files. */
  private Sources sources(Ops tf) {
    if (!keepsDecoded()) {
      return files(tf);
    }
    int count = folder.pictures().size();
    Elements all =
        new Elements().and(TInt64.class, Shape.of(count)).and(TString.class, Shape.of(count));
    Operand<?> indices = range(tf, tf.constant(0L), tf.constant((long) count));
    Operand<?> decoded = mapAndBatch(tf, indices, files(tf), this::decodedAt, count, all);
    List<Output<?>> kept =
        tf.data.datasetToSingleElement(decoded, all.types, all.shapes).components();
    return new Sources(kept.get(1).expect(TString.class), parts, kept.get(0).expect(TInt64.class));
  }

  // What the datasets' functions compute.

  /** (index [], sources) → index of the picture that was read, and the picture, serialised. */
  private Signature decodedAt(Ops tf) {
    Placeholder<TInt64> index = scalar(tf);
    Signature.Builder signature = Signature.builder("decodedAt").input("index", index);
    Sources sources = inputs(tf, signature, false);
    Read read = read(tf, sources, new Place(index, index, tf.constant(0L)));
    return signature
        .output("origin", read.index)
        .output("decoded", tf.io.serializeTensor(read.picture))
        .build();
  }

  /** (position [], sources) → index [], unreadable [], views of each resolution [n, s, s, 3]. */
  private Signature viewsAt(Ops tf) {
    Placeholder<TInt64> position = scalar(tf);
    Signature.Builder signature = Signature.builder("viewsAt").input("position", position);
    Sources sources = inputs(tf, signature, keepsDecoded());
    Operand<TInt64> number =
        tf.math.add(
            tf.math.mul(position, tf.constant((long) settings.share.workers)),
            tf.constant((long) settings.share.worker));
    Operand<TInt64> epoch = tf.math.floorDiv(number, epochLength(tf));
    Operand<TInt64> place = tf.math.floorMod(number, epochLength(tf));
    Operand<TInt64> index = shuffled(tf, place, epoch);
    Read read =
        keepsDecoded()
            ? kept(tf, sources, index)
            : read(tf, sources, new Place(index, place, epoch));
    signature
        .output("index", read.index)
        .output("unreadable", tf.select(tf.math.equal(read.index, index), tf.constant(-1L), index));
    Operand<TUint8> picture = read.picture;
    Operand<TFloat32> draws = viewDraws.draw(tf, pictureSeed(tf, epoch, index));
    Operand<TInt32> boxes = viewDraws.boxes(tf, draws, PictureDecoder.size(tf, picture));
    for (Resolution r : resolutions) {
      signature.output(
          "views" + r.first, views(tf, r, picture, r.rows(tf, boxes), r.rows(tf, draws)));
    }
    return signature.build();
  }

  /**
   * Views of one resolution.
   *
   * @param boxes [n, 4]
   * @param draws [n, …]
   * @return [n, s, s, 3]
   */
  private Operand<TFloat32> views(
      Ops tf,
      Resolution r,
      Operand<TUint8> picture,
      Operand<TInt32> boxes,
      Operand<TFloat32> draws) {
    Operand<TFloat32> resized =
        new Resampling(crops.interpolation(), r.size)
            .crops(tf, picture, boxes, ViewDraws.flips(tf, draws));
    return Compiled.call(tf, ops -> augment(ops, r), ImmutableList.of(resized, draws));
  }

  /** (resized [n, s, 3, s], draws [n, …]) → normalised views [n, s, s, 3]. */
  private Signature augment(Ops tf, Resolution r) {
    Placeholder<TFloat32> resized =
        tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(r.count, r.size, 3, r.size)));
    Placeholder<TFloat32> draws =
        tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(r.count, ViewDraws.WIDTH)));
    return Signature.builder(Compiled.unique("augment"))
        .input("resized", resized)
        .input("draws", draws)
        .output("views", ViewDraws.parameters(tf, draws).views(tf, resized, crops))
        .build();
  }

  /** Views [B, n, s, s, 3] → [nB, s, s, 3]. */
  private Signature toCropMajor(Ops tf) {
    Signature.Builder signature = Signature.builder("toCropMajor");
    for (String name : ImmutableList.of("indices", "unreadable")) {
      Placeholder<TInt64> numbers =
          tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(settings.batchSize)));
      signature.input(name, numbers).output("same_" + name, tf.identity(numbers));
    }
    for (Resolution r : resolutions) {
      Placeholder<TFloat32> views =
          tf.placeholder(
              TFloat32.class,
              Placeholder.shape(Shape.of(settings.batchSize, r.count, r.size, r.size, 3)));
      Operand<TFloat32> byCrop = tf.linalg.transpose(views, tf.constant(new int[] {1, 0, 2, 3, 4}));
      signature
          .input("views" + r.first, views)
          .output(
              "crops" + r.first,
              tf.reshape(byCrop, tf.constant(new int[] {-1, r.size, r.size, 3})));
    }
    return signature.build();
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
  private Operand<TInt64> pictureSeed(Ops tf, Operand<TInt64> epoch, Operand<TInt64> index) {
    Operand<TInt64> visit = tf.math.add(tf.math.mul(epoch, tf.constant(1L << 32)), index);
    return tf.stack(ImmutableList.of(tf.constant(settings.seed), visit));
  }

  private Operand<TInt64> epochLength(Ops tf) {
    return tf.constant(stepsPerEpoch() * settings.perStep());
  }

  /** A picture, and which it is. */
  private record Read(Operand<TInt64> index, Operand<TUint8> picture) {}

  /** A picture and its place in the order of an epoch, all []. */
  private record Place(Operand<TInt64> index, Operand<TInt64> place, Operand<TInt64> epoch) {}

  /** A picture that was decoded before. */
  private static Read kept(Ops tf, Sources sources, Operand<TInt64> index) {
    return new Read(
        tf.gather(sources.origins, index, tf.constant(0)),
        tf.io.parseTensor(tf.gather(sources.bytes, index, tf.constant(0)), TUint8.class));
  }

  /** A picture; or, if it cannot be read, the first one behind it in the epoch that can. */
  private Read read(Ops tf, Sources sources, Place place) {
    Elements one =
        new Elements().and(TInt64.class, Shape.scalar()).and(TUint8.class, Shape.of(-1, -1, 3));
    Operand<?> tries = range(tf, tf.constant(0L), tf.constant(1 + REPLACEMENTS));
    try (ConcreteFunction decode = ConcreteFunction.create(this::decodedBehind)) {
      Operand<?> decoded =
          tf.data.mapDataset(
              tries,
              ImmutableList.<Operand<?>>builder()
                  .add(place.index, place.place, place.epoch)
                  .addAll(sources.captured())
                  .build(),
              decode,
              one.types,
              one.shapes,
              MapDataset.preserveCardinality(true), // or a file's end would be the data set's
              MapDataset.forceSynchronous(true));
      Operand<?> readable = tf.data.ignoreErrorsDataset(decoded, one.types, one.shapes);
      Operand<?> first = tf.data.takeDataset(readable, tf.constant(1L), one.types, one.shapes);
      List<Output<?>> read =
          tf.data.datasetToSingleElement(first, one.types, one.shapes).components();
      return new Read(read.get(0).expect(TInt64.class), read.get(1).expect(TUint8.class));
    }
  }

  /** (distance [], place, sources) → index and decoded picture of the place so far behind. */
  private Signature decodedBehind(Ops tf) {
    Placeholder<TInt64> distance = scalar(tf);
    Place start = new Place(scalar(tf), scalar(tf), scalar(tf));
    Signature.Builder signature =
        Signature.builder("decodedBehind")
            .input("distance", distance)
            .input("index", start.index)
            .input("place", start.place)
            .input("epoch", start.epoch);
    Sources sources = inputs(tf, signature, false);
    Operand<TInt64> place = tf.math.floorMod(tf.math.add(start.place, distance), epochLength(tf));
    Operand<TInt64> index =
        tf.select(
            tf.math.equal(distance, tf.constant(0L)),
            start.index,
            shuffled(tf, place, start.epoch));
    return signature.output("index", index).output("picture", decode(tf, sources, index)).build();
  }

  private Operand<TUint8> decode(Ops tf, Sources sources, Operand<TInt64> index) {
    Operand<TString> file = tf.gather(sources.bytes, index, tf.constant(0));
    return PictureDecoder.decode(
        tf,
        areParts()
            ? readPart(tf, file, tf.gather(sources.parts, index, tf.constant(0)))
            : tf.io.readFile(file));
  }

  /**
   * The bytes of a part of a file: the only record of a data set whose header is all that is before
   * it.
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
    return tf.data
        .datasetToSingleElement(records, one.types, one.shapes)
        .components()
        .get(0)
        .expect(TString.class);
  }

  private static Placeholder<TInt64> scalar(Ops tf) {
    return tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
  }

  private Placeholder<TInt64> allParts(Ops tf) {
    int count = areParts() ? folder.pictures().size() : 0;
    return tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(count, 3)));
  }

  private Placeholder<TString> allSources(Ops tf) {
    return tf.placeholder(TString.class, Placeholder.shape(Shape.of(folder.pictures().size())));
  }

  /** The sources as inputs of a function. */
  private Sources inputs(Ops tf, Signature.Builder signature, boolean decoded) {
    int origins = decoded ? folder.pictures().size() : 0;
    Sources sources =
        new Sources(
            allSources(tf),
            allParts(tf),
            tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(origins))));
    signature
        .input("sources", sources.bytes)
        .input("parts", sources.parts)
        .input("origins", sources.origins);
    return sources;
  }

  // What the datasets yield.

  private Elements batchElements() {
    return elements(r -> Shape.of((long) r.count * settings.batchSize, r.size, r.size, 3));
  }

  /** Indices, unreadable ones, and views of these shapes. */
  private Elements elements(Function<Resolution, Shape> shape) {
    Shape perPicture = Shape.of(settings.batchSize);
    Elements elements = new Elements().and(TInt64.class, perPicture).and(TInt64.class, perPicture);
    for (Resolution r : resolutions) {
      elements = elements.and(TFloat32.class, shape.apply(r));
    }
    return elements;
  }

  /** Types and shapes of a dataset's elements. */
  private record Elements(
      ImmutableList<Class<? extends TType>> types, ImmutableList<Shape> shapes) {

    Elements() {
      this(ImmutableList.of(), ImmutableList.of());
    }

    Elements and(Class<? extends TType> type, Shape shape) {
      return new Elements(
          ImmutableList.<Class<? extends TType>>builder().addAll(types).add(type).build(),
          ImmutableList.<Shape>builder().addAll(shapes).add(shape).build());
    }
  }

  /** The views of one size: which they are among all views, and their side in pixels. */
  private record Resolution(int first, int count, int size) {

    static ImmutableList<Resolution> of(MultiCrop crops) {
      Resolution global = new Resolution(0, 2, crops.globalSize());
      Resolution local = new Resolution(2, crops.localCrops(), crops.localSize());
      return local.count == 0 ? ImmutableList.of(global) : ImmutableList.of(global, local);
    }

    /** [V, …] → [count, …] */
    <T extends TType> Operand<T> rows(Ops tf, Operand<T> perView) {
      return tf.slice(
          perView, tf.constant(new int[] {first, 0}), tf.constant(new int[] {count, -1}));
    }
  }

  // Datasets with the settings' parallelism, always in order.

  private Operand<?> mapAndBatch(
      Ops tf,
      Operand<?> dataset,
      Sources sources,
      Function<Ops, Signature> body,
      long batchSize,
      Elements elements) {
    try (ConcreteFunction function = ConcreteFunction.create(body)) {
      return tf.data.mapAndBatchDataset(
          dataset,
          sources.captured(),
          tf.constant(batchSize),
          tf.constant((long) settings.threads),
          tf.constant(true),
          function,
          elements.types,
          elements.shapes);
    }
  }

  private static Operand<?> map(
      Ops tf,
      Operand<?> dataset,
      Operand<TInt64> threads,
      Function<Ops, Signature> body,
      Elements elements) {
    try (ConcreteFunction function = ConcreteFunction.create(body)) {
      return tf.data.parallelMapDataset(
          dataset,
          ImmutableList.of(),
          threads,
          function,
          elements.types,
          elements.shapes,
          ParallelMapDataset.deterministic("true"));
    }
  }

  private static Operand<?> range(Ops tf, Operand<TInt64> from, Operand<TInt64> to) {
    Elements numbers = new Elements().and(TInt64.class, Shape.scalar());
    return tf.data.rangeDataset(from, to, tf.constant(1L), numbers.types, numbers.shapes);
  }
}
