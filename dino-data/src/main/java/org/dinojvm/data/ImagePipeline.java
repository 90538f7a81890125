package org.dinojvm.data;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dinojvm.data.EpochOrder.Visit;
import org.dinojvm.data.augment.MultiCropViews;
import org.dinojvm.data.augment.Resolution;
import org.dinojvm.data.source.BlockedReads;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.data.IteratorGetNext;
import org.tensorflow.op.data.MakeIterator;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;

/**
 * Pictures of a folder to batches of augmented views, by a native tf.data pipeline that runs ahead
 * of training.
 *
 * <p>Every draw is a function of (seed, epoch, picture, view), and nothing else has a state:
 * batches repeat bit for bit whatever the number of threads, and {@link #start} may begin at any
 * step. Each epoch visits the pictures in an order of its own, which workers share out; what does
 * not fill a step at its end is left out. One epoch runs into the next without a pause.
 *
 * <p>A picture that can no longer be read is replaced by the next one of the epoch's order that
 * can, and {@link #unreadable} tells.
 *
 * <p>Letters in shapes: B pictures a batch, g global crops and n local ones, S and s their sides.
 */
public final class ImagePipeline {

  private static final DeviceSpec CPU =
      DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.CPU).deviceIndex(0).build();

  private static final long PREFETCHED_BATCHES = 2;

  /** Changes a picture's seed for draws that are not of its views. */
  private static final long FURTHER_DRAWS = 0x6D61_736B_6564L;

  private final PipelineSettings settings;
  private final MultiCropViews views;
  private final int globalCrops;
  private final int draws;
  private final EpochOrder order;
  private final Sources sources;
  private final BlockedReads reads;

  private final Placeholder<TInt64> firstPosition;
  private final MakeIterator makeIterator;
  private final List<Output<?>> batch;
  private final Operand<TFloat32> secondsWaited;

  /** Adds a pipeline whose warnings are not told to a graph. */
  public ImagePipeline(
      Ops graph, ImageFolder folder, MultiCropViews views, PipelineSettings settings) {
    this(graph, folder, views, settings, 0, warning -> {});
  }

  /** Adds a pipeline without further draws to a graph. */
  public ImagePipeline(
      Ops graph,
      ImageFolder folder,
      MultiCropViews views,
      PipelineSettings settings,
      Consumer<String> warnings) {
    this(graph, folder, views, settings, 0, warnings);
  }

  /**
   * Adds the pipeline to a graph, on the CPU.
   *
   * @param draws further random numbers for each global crop, as for masks
   * @param warnings is told of a picture that cannot be read and for which it has to wait
   * @throws IllegalArgumentException if the folder does not fill a step
   */
  public ImagePipeline(
      Ops graph,
      ImageFolder folder,
      MultiCropViews views,
      PipelineSettings settings,
      int draws,
      Consumer<String> warnings) {
    this.settings = settings;
    this.draws = draws;
    this.views = views;
    globalCrops = views.resolutions().get(0).count();
    order = settings.order(folder);
    reads =
        new BlockedReads(
            folder.pictures().stream().map(Picture::file).distinct().toList(), warnings);
    Ops tf = graph.withDevice(CPU);
    sources =
        new Sources(tf, folder, order, views.draftSide(), settings.memory(), settings.threads());
    firstPosition = tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    Elements elements = Datasets.stamped(batchElements());
    Operand<?> iterator = tf.data.iterator("", "", elements.types(), elements.shapes());
    makeIterator = tf.data.makeIterator(batches(tf), iterator);
    Operand<TFloat64> asked = tf.timestamp();
    IteratorGetNext next =
        tf.withControlDependencyOps(asked.op())
            .data
            .iteratorGetNext(iterator, elements.types(), elements.shapes());
    batch = next.components();
    Operand<TFloat64> answered = batch.get(batch.size() - 1).expect(TFloat64.class);
    // A batch that was ready before it was asked for was not waited for.
    Operand<TFloat64> waited = tf.math.maximum(tf.math.sub(answered, asked), tf.constant(0.0));
    secondsWaited = tf.dtypes.cast(waited, TFloat32.class);
  }

  /** Which pictures these are, [B], as indices into {@link ImageFolder#pictures}. */
  public Operand<TInt64> indices() {
    return batch.get(0).expect(TInt64.class);
  }

  /** Which pictures should have been there and could not be read, [B]; −1 where all is well. */
  public Operand<TInt64> unreadable() {
    return batch.get(1).expect(TInt64.class);
  }

  /** Global crops, [gB, S, S, 3], normalized: crop 0 of all pictures, then crop 1. */
  public Operand<TFloat32> globalCrops() {
    return batch.get(2).expect(TFloat32.class);
  }

  /** Local crops, [nB, s, s, 3], in the same order; absent if there are none. */
  public Optional<Operand<TFloat32>> localCrops() {
    return views.resolutions().size() == 1
        ? Optional.empty()
        : Optional.of(batch.get(3).expect(TFloat32.class));
  }

  /**
   * Further random numbers of [0, 1) for the global crops, [gB, draws], in the same order; absent
   * if none were asked for.
   */
  public Optional<Operand<TFloat32>> draws() {
    return draws == 0
        ? Optional.empty()
        : Optional.of(batch.get(2 + views.resolutions().size()).expect(TFloat32.class));
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
    try (TInt64 position = TInt64.scalarOf(Math.multiplyExact(step, settings.picturesPerStep()))) {
      Session.Runner start = session.runner().feed(firstPosition, position).addTarget(makeIterator);
      reads.run(
          () -> {
            sources.run(start);
            return true;
          });
    }
  }

  /**
   * Runs what fetches batches, and sees to it that a picture that became a named pipe meanwhile
   * does not block it for ever: see {@link BlockedReads}.
   */
  public <T> T reading(Supplier<T> run) {
    return reads.run(run::get);
  }

  /** Position → views of its picture → batch. */
  private Operand<?> batches(Ops tf) {
    Operand<?> positions = Datasets.range(tf, firstPosition, tf.constant(Long.MAX_VALUE));
    Operand<?> mixed =
        Datasets.mapAndBatch(
            tf,
            positions,
            sources.captured(),
            this::viewsAt,
            settings.batchSize(),
            settings.threads(),
            elements(
                r -> Shape.of(settings.batchSize(), r.count(), r.size(), r.size(), 3),
                Shape.of(settings.batchSize(), globalCrops, draws)));
    Elements elements = batchElements();
    Operand<?> batches = Datasets.map(tf, mixed, this::toCropMajor, elements);
    Operand<?> ready =
        tf.data.prefetchDataset(
            batches, tf.constant(PREFETCHED_BATCHES), elements.types(), elements.shapes());
    return Datasets.stamped(tf, ready, elements);
  }

  /**
   * (position [], sources) → index [], unreadable [], views of each resolution [n, s, s, 3],
   * further draws [g, draws].
   */
  private Signature viewsAt(Ops tf) {
    Placeholder<TInt64> position = tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    Signature.Builder signature = Signature.builder("viewsAt").input("position", position);
    Sources.Reader reader = sources.inputs(tf, signature);
    Visit visit = order.visit(tf, position);
    Sources.Read read = reader.read(visit);
    signature
        .output("index", read.index())
        .output(
            "unreadable",
            tf.select(tf.math.equal(read.index(), visit.index()), tf.constant(-1L), visit.index()));
    Operand<TInt64> seed = order.drawSeed(tf, visit);
    ImmutableList<Operand<TFloat32>> all = views.of(tf, read.picture(), seed);
    for (int i = 0; i < all.size(); i++) {
      signature.output("views" + i, all.get(i));
    }
    if (draws > 0) {
      signature.output("draws", furtherDraws(tf, seed));
    }
    return signature.build();
  }

  /** A row for each global crop: [g, draws]. */
  private Operand<TFloat32> furtherDraws(Ops tf, Operand<TInt64> seed) {
    Operand<TInt64> own = tf.math.add(seed, tf.constant(new long[] {FURTHER_DRAWS, 0}));
    return tf.random.statelessRandomUniform(tf.constant(new int[] {globalCrops, draws}), own);
  }

  /** MultiCropViews [B, n, s, s, 3] → [nB, s, s, 3]; draws [B, g, draws] → [gB, draws]. */
  private Signature toCropMajor(Ops tf) {
    Signature.Builder signature = Signature.builder("toCropMajor");
    for (String name : ImmutableList.of("indices", "unreadable")) {
      Placeholder<TInt64> numbers =
          tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(settings.batchSize())));
      signature.input(name, numbers).output("same_" + name, tf.identity(numbers));
    }
    for (Resolution r : views.resolutions()) {
      Placeholder<TFloat32> byPicture =
          tf.placeholder(
              TFloat32.class,
              Placeholder.shape(Shape.of(settings.batchSize(), r.count(), r.size(), r.size(), 3)));
      Operand<TFloat32> byCrop =
          tf.linalg.transpose(byPicture, tf.constant(new int[] {1, 0, 2, 3, 4}));
      signature
          .input("views" + r.first(), byPicture)
          .output(
              "crops" + r.first(),
              tf.reshape(byCrop, tf.constant(new int[] {-1, r.size(), r.size(), 3})));
    }
    if (draws > 0) {
      Placeholder<TFloat32> byPicture =
          tf.placeholder(
              TFloat32.class,
              Placeholder.shape(Shape.of(settings.batchSize(), globalCrops, draws)));
      Operand<TFloat32> byCrop = tf.linalg.transpose(byPicture, tf.constant(new int[] {1, 0, 2}));
      signature
          .input("draws", byPicture)
          .output("byCropDraws", tf.reshape(byCrop, tf.constant(new int[] {-1, draws})));
    }
    return signature.build();
  }

  private Elements batchElements() {
    return elements(
        r -> Shape.of((long) r.count() * settings.batchSize(), r.size(), r.size(), 3),
        Shape.of((long) globalCrops * settings.batchSize(), draws));
  }

  /** Indices, unreadable ones, views and further draws of these shapes. */
  private Elements elements(Function<Resolution, Shape> shape, Shape ofDraws) {
    Shape perPicture = Shape.of(settings.batchSize());
    Elements elements = new Elements().and(TInt64.class, perPicture).and(TInt64.class, perPicture);
    for (Resolution r : views.resolutions()) {
      elements = elements.and(TFloat32.class, shape.apply(r));
    }
    return draws == 0 ? elements : elements.and(TFloat32.class, ofDraws);
  }
}
