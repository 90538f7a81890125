package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.positive;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Layers;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.head.Heads;
import org.dinojvm.model.head.MlpHead;
import org.dinojvm.model.head.MultiCropNetwork;
import org.dinojvm.model.head.Prototypes;
import org.dinojvm.model.loss.Cosines;
import org.dinojvm.model.loss.SinkhornKnopp;
import org.dinojvm.model.loss.SwavLoss;
import org.dinojvm.settings.Setting;
import org.dinojvm.train.health.HealthCheck;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.schedule.RunLength;
import org.dinojvm.train.schedule.Schedule;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceMax;
import org.tensorflow.types.TFloat32;

/**
 * SwAV (Caron et al. 2020, arXiv:2006.09882): from each crop of a picture it is predicted to which
 * prototypes its large crops are assigned, where all prototypes are assigned as many crops of the
 * batch. A queue of earlier crops helps where a batch has fewer pictures than there are prototypes.
 */
public record Swav(
    ProjectionSettings projection,
    @Setting(
            value = "3000",
            doc = "Number of prototypes.",
            source = "main_swav.py, --nmb_prototypes")
        int prototypes,
    @Setting(
            value = "0.1",
            doc = "Temperature of the softmax over prototypes.",
            source = "main_swav.py, --temperature")
        double temperature,
    @Setting(
            value = "0.05",
            doc = "Smoothness of the assignments; lower ones are harder.",
            source = "main_swav.py, --epsilon")
        double sinkhornEpsilon,
    @Setting(
            value = "3",
            doc = "Iterations of Sinkhorn-Knopp.",
            source = "main_swav.py, --sinkhorn_iterations")
        int sinkhornIterations,
    @Setting(
            value = "0",
            unit = "pictures",
            doc =
                "Earlier pictures that take part in the assignments, over all workers; 0 for none."
                    + " Published for batches of 256: 3840.",
            source = "main_swav.py, --queue_length")
        int queueLength,
    @Setting(
            value = "15",
            unit = "epochs",
            doc = "After how many epochs the queue begins to fill.",
            source = "main_swav.py, --epoch_queue_starts")
        int epochQueueStarts,
    @Setting(
            value = "1",
            unit = "epochs",
            doc = "How long the prototypes stay as they are at first.",
            source = "main_swav.py, --freeze_prototypes_niters")
        int freezePrototypes)
    implements Objective {

  /** Name of the number that is 1 once the queue takes part, else 0. */
  public static final String QUEUE = "queue";

  private static final String ENTROPY = "prototype_entropy";

  /** {@code --method swav}. */
  public static final class Entry implements Method {
    @Override
    public String name() {
      return "swav";
    }

    @Override
    public Class<Swav> objective() {
      return Swav.class;
    }

    @Override
    public Map<String, String> defaults() {
      return ImmutableMap.<String, String>builder()
          .put("global_crops_scale", "0.14 1.0")
          .put("local_crops_number", "6")
          .put("local_crops_scale", "0.05 0.14")
          .put("interpolation", "bilinear")
          .put("brightness", "0.8")
          .put("contrast", "0.8")
          .put("saturation", "0.8")
          .put("hue", "0.2")
          .put("blur_probability_global1", "0.5")
          .put("blur_probability_global2", "0.5")
          .put("solarize_probability", "0")
          .put("projection_dim", "128")
          .put("clip_grad", "0")
          .put("drop_path_rate", "0")
          .put("min_lr", "0")
          .put("min_lr_share", "0.001")
          .buildOrThrow();
    }

    @Override
    public Map<String, String> defaults(String family) {
      return Defaults.together(
          defaults(),
          Defaults.forResNets(
              family,
              Defaults.together(
                  Defaults.lars("0.6", "1e-6"), ImmutableMap.of("decay_all", "true"))));
    }
  }

  /** Checks each value. */
  public Swav {
    atLeast("prototypes", prototypes, 2);
    positive("temperature", temperature);
    positive("sinkhorn_epsilon", sinkhornEpsilon);
    atLeast("sinkhorn_iterations", sinkhornIterations, 1);
    atLeast("queue_length", queueLength, 0);
    atLeast("epoch_queue_starts", epochQueueStarts, 0);
    atLeast("freeze_prototypes", freezePrototypes, 0);
  }

  @Override
  public void validate(OptimizerSettings optimizer) {
    TwoViews.requireSeveral(optimizer);
  }

  private MlpHead projector(Backbone backbone) {
    return Heads.twoLayers(
        backbone.embedDim(), projection.projectionHiddenDim(), projection.projectionDim(), true);
  }

  @Override
  public Loss loss(StepInputs in) {
    Ops tf = in.tf();
    Operand<TFloat32> features =
        MultiCropNetwork.features(
            tf, in.backbone(), in.student(), in.views().byResolution(), in.studentMode());
    Operand<TFloat32> z = // [V·B, d], all crops through the head together
        Layers.l2Normalize(
            tf,
            projector(in.backbone())
                .of(tf, in.student().at(TwoViews.PROJECTION), features, in.studentMode()));
    Operand<TFloat32> kernel = // [d, K]
        new Prototypes(projection.projectionDim(), prototypes).of(tf, in.student());
    List<Operand<TFloat32>> scores = byView(tf, tf.linalg.matMul(z, kernel), in.views().count());
    List<Operand<TFloat32>> large =
        byView(tf, tf.stopGradient(z), in.views().count()).subList(0, 2);
    SinkhornKnopp codes = new SinkhornKnopp(sinkhornEpsilon, sinkhornIterations, in.workers());
    List<Queue> queues = queues(in, large);
    Loss loss =
        Loss.of(
                new SwavLoss(temperature, codes)
                    .terms(
                        tf,
                        scores,
                        queues.stream().map(queue -> queue.further(tf, kernel)).toList())
                    .loss())
            .reporting(
                ImmutableMap.of(
                    ENTROPY,
                    entropy(tf, scores.get(0)),
                    EmbeddingCollapse.STANDARD_DEVIATION,
                    Cosines.spread(tf, large.get(0), projection.projectionDim())));
    for (Queue queue : queues) {
      loss = loss.updating(Loss.Update.each(queue.rows(), queue.next()));
    }
    return loss;
  }

  private static List<Operand<TFloat32>> byView(Ops tf, Operand<TFloat32> rows, int views) {
    return ImmutableList.copyOf(tf.split(tf.constant(0), rows, (long) views).output());
  }

  /**
   * Earlier samples of a large crop, the newest first.
   *
   * @param rows [Q, d]
   * @param next the rows after this batch, [Q, d]
   * @param weight 1 once it is full, else 0: scalar
   */
  private record Queue(Variable rows, Operand<TFloat32> next, Operand<TFloat32> weight) {

    SinkhornKnopp.Further further(Ops tf, Operand<TFloat32> kernel) {
      return new SinkhornKnopp.Further(tf.linalg.matMul(rows.value(), kernel), weight);
    }
  }

  private List<Queue> queues(StepInputs in, List<Operand<TFloat32>> large) {
    List<Queue> queues = new ArrayList<>();
    for (int view = 0; view < large.size() && queueLength > 0; view++) {
      Variable rows =
          in.state()
              .slot(
                  QUEUE + view,
                  Shape.of(queueLength, projection.projectionDim()),
                  Initializer.zeros());
      queues.add(queue(in, rows, in.workers().gather(in.tf(), large.get(view))));
    }
    return queues;
  }

  private Queue queue(StepInputs in, Variable rows, Operand<TFloat32> newest) {
    Ops tf = in.tf();
    Operand<TFloat32> begun = in.scheduled(QUEUE);
    Operand<TFloat32> zero = tf.constant(0f);
    Operand<TFloat32> pushed =
        tf.slice(
            tf.concat(List.of(newest, rows.value()), tf.constant(0)),
            tf.constant(new int[] {0, 0}),
            tf.constant(new int[] {queueLength, projection.projectionDim()}));
    Operand<TFloat32> last =
        tf.slice(
            rows.value(),
            tf.constant(new int[] {queueLength - 1, 0}),
            tf.constant(new int[] {1, projection.projectionDim()}));
    Operand<TFloat32> largest =
        tf.reduceMax(tf.math.abs(last), tf.constant(new int[] {0, 1}), ReduceMax.keepDims(false));
    Operand<TFloat32> full = tf.dtypes.cast(tf.math.greater(largest, zero), TFloat32.class);
    return new Queue(
        rows,
        tf.select(tf.math.greater(begun, zero), pushed, rows.value()),
        tf.math.mul(begun, full));
  }

  /** Entropy of the mean prediction: ln K where all prototypes are predicted alike, scalar. */
  private Operand<TFloat32> entropy(Ops tf, Operand<TFloat32> scores) {
    Operand<TFloat32> probabilities =
        tf.nn.softmax(tf.math.mul(scores, tf.constant((float) (1 / temperature))));
    Operand<TFloat32> mean = tf.math.mean(probabilities, tf.constant(0));
    return tf.math.neg(tf.reduceSum(tf.math.xlogy(mean, mean), tf.constant(0)));
  }

  @Override
  public ImmutableMap<String, Schedule> schedules(RunLength run) {
    if (queueLength == 0) {
      return ImmutableMap.of();
    }
    return ImmutableMap.of(QUEUE, step -> step < epochQueueStarts * run.stepsPerEpoch() ? 0 : 1);
  }

  @Override
  public Optional<FrozenWeights> frozenWeights() {
    return Optional.of(
        new FrozenWeights("prototypes", name -> name.contains(Prototypes.NAME + ".")));
  }

  @Override
  public long frozenSteps(RunLength run) {
    return freezePrototypes * run.stepsPerEpoch();
  }

  @Override
  public ImmutableList<HealthCheck> healthChecks(OptimizerSettings optimizer, RunLength run) {
    return ImmutableList.of(
        new EmbeddingCollapse(
            "Give --batch_size_per_gpu or --queue_length more pictures, --prototypes fewer, or"
                + " lower --lr",
            optimizer,
            run),
        new EqualScores(optimizer, run));
  }

  /**
   * All prototypes score alike, so that the loss stays at ln K: "My training loss is constant" in
   * the README of the published code.
   */
  private final class EqualScores extends Collapse {

    /** Distance from ln K, as a share of it. */
    private static final double ILL = 0.001;

    private static final double WELL = 0.005;

    EqualScores(OptimizerSettings optimizer, RunLength run) {
      super(optimizer, run);
    }

    @Override
    public String name() {
      return "EQUAL_SCORES";
    }

    @Override
    Verdict verdict() {
      double below = 1 - mean(StepRecord.LOSS) / Math.log(prototypes);
      return Verdict.of(Math.abs(below) < ILL, below > WELL);
    }

    @Override
    public String message() {
      return HealthCheck.line(
          "collapse: the loss stays at %.3f, the logarithm of %d prototypes, so all of them score"
              + " alike. Lower --sinkhorn_epsilon (%s; 0.03 for small batches) or --lr. Start anew,"
              + " in another --output",
          mean(StepRecord.LOSS), prototypes, sinkhornEpsilon);
    }
  }

  @Override
  public ImmutableMap<String, String> consoleMetrics() {
    return ImmutableMap.of(
        ENTROPY, "prototype entropy", EmbeddingCollapse.STANDARD_DEVIATION, "embedding std");
  }

  @Override
  public Macs macs(Backbone backbone, MultiCrop views) {
    double head = projector(backbone).macs() + (double) projection.projectionDim() * prototypes;
    double global = 2 * (backbone.macs(views.globalCropsSize()) + head);
    double local = views.localCropsNumber() * (backbone.macs(views.localCropsSize()) + head);
    return new Macs(0, global + local);
  }
}
