package org.dinojvm.verify.objective;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dinojvm.model.Layers;
import org.dinojvm.model.Workers;
import org.dinojvm.model.loss.BarlowTwinsLoss;
import org.dinojvm.model.loss.Contrast;
import org.dinojvm.model.loss.Cosines;
import org.dinojvm.model.loss.SimDinoLoss;
import org.dinojvm.model.loss.SinkhornKnopp;
import org.dinojvm.model.loss.SwavLoss;
import org.dinojvm.model.loss.VicRegLoss;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/** This project's losses by the names of a file's inputs and options. */
final class PublishedLosses {

  /** Builds a loss. */
  @FunctionalInterface
  interface Builder {
    /**
     * The loss as {@code loss} and further outputs, by the file's names.
     *
     * @param options of the case
     * @param inputs by name
     */
    ImmutableMap<String, Operand<TFloat32>> build(
        Ops tf, Options options, Map<String, Operand<TFloat32>> inputs);
  }

  private static final ImmutableMap<String, Builder> BY_FAMILY =
      ImmutableMap.<String, Builder>builder()
          .put("simclr", PublishedLosses::simClr)
          .put("mocov3", PublishedLosses::mocoV3)
          .put("byol", PublishedLosses::byol)
          .put("simsiam", PublishedLosses::simSiam)
          .put("swav", PublishedLosses::swav)
          .put("barlow_twins", PublishedLosses::barlowTwins)
          .put("vicreg", PublishedLosses::vicReg)
          .put("simdino", PublishedLosses::simDino)
          .put("ibot", MaskedLosses::ibot)
          .put("dinov2", MaskedLosses::dinoV2)
          .put("dinov3_gram", MaskedLosses::gram)
          .put("mae", MaskedLosses::mae)
          .buildOrThrow();

  private PublishedLosses() {}

  /** The loss of a family. */
  static Builder of(String family) {
    Builder builder = BY_FAMILY.get(family);
    checkArgument(
        builder != null, "family '%s' is unknown; known are %s", family, BY_FAMILY.keySet());
    return builder;
  }

  static Operand<TFloat32> input(Map<String, Operand<TFloat32>> inputs, String name) {
    Operand<TFloat32> input = inputs.get(name);
    checkArgument(input != null, "no input '%s' among %s", name, inputs.keySet());
    return input;
  }

  private static ImmutableMap<String, Operand<TFloat32>> loss(Operand<TFloat32> loss) {
    return ImmutableMap.of("loss", loss);
  }

  private static ImmutableMap<String, Operand<TFloat32>> simClr(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    return loss(
        new Contrast(options.number("temperature"), Workers.ONE)
            .ntXent(tf, input(inputs, "z0"), input(inputs, "z1")));
  }

  private static ImmutableMap<String, Operand<TFloat32>> mocoV3(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    return loss(
        new Contrast(options.number("temperature"), Workers.ONE)
            .moco(
                tf,
                input(inputs, "q1"),
                input(inputs, "q2"),
                input(inputs, "k1"),
                input(inputs, "k2")));
  }

  private static ImmutableMap<String, Operand<TFloat32>> byol(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    return loss(
        Cosines.byol(
            tf,
            input(inputs, "p0"),
            input(inputs, "p1"),
            input(inputs, "z0"),
            input(inputs, "z1")));
  }

  private static ImmutableMap<String, Operand<TFloat32>> simSiam(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    return loss(
        Cosines.simSiam(
            tf,
            input(inputs, "p0"),
            input(inputs, "p1"),
            input(inputs, "z0"),
            input(inputs, "z1")));
  }

  private static ImmutableMap<String, Operand<TFloat32>> swav(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    checkArgument(options.whole("global_crops") == 2, "2 global crops are needed: %s", options);
    Operand<TFloat32> prototypes = input(inputs, "prototypes"); // [K, D]
    List<Operand<TFloat32>> scores = new ArrayList<>();
    for (int crop = 0; crop < 2 + options.whole("local_crops"); crop++) {
      Operand<TFloat32> z = Layers.l2Normalize(tf, input(inputs, "z" + crop));
      scores.add(tf.linalg.matMul(z, prototypes, MatMul.transposeB(true)));
    }
    List<SinkhornKnopp.Further> queues = new ArrayList<>();
    for (int large = 0; large < 2 && options.flag("queue"); large++) {
      Operand<TFloat32> queue = input(inputs, "queue" + large);
      queues.add(
          new SinkhornKnopp.Further(
              tf.linalg.matMul(queue, prototypes, MatMul.transposeB(true)), tf.constant(1f)));
    }
    SinkhornKnopp codes =
        new SinkhornKnopp(
            options.number("sinkhorn_epsilon"), options.whole("sinkhorn_iterations"), Workers.ONE);
    SwavLoss.Terms terms =
        new SwavLoss(options.number("temperature"), codes).terms(tf, scores, queues);
    return ImmutableMap.of(
        "loss", terms.loss(), "codes0", terms.codes().get(0), "codes1", terms.codes().get(1));
  }

  private static ImmutableMap<String, Operand<TFloat32>> barlowTwins(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    BarlowTwinsLoss loss = new BarlowTwinsLoss(options.number("lambda"), Workers.ONE);
    Operand<TFloat32> z0 = input(inputs, "z0");
    Operand<TFloat32> z1 = input(inputs, "z1");
    return ImmutableMap.of(
        "loss",
        loss.terms(tf, z0, z1).loss(),
        "cross_correlation",
        loss.crossCorrelation(tf, z0, z1));
  }

  private static ImmutableMap<String, Operand<TFloat32>> vicReg(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    VicRegLoss.Terms terms =
        new VicRegLoss(
                options.number("invariance"),
                options.number("variance"),
                options.number("covariance"),
                Workers.ONE)
            .terms(tf, input(inputs, "z0"), input(inputs, "z1"));
    return ImmutableMap.of(
        "loss", terms.loss(),
        "invariance", terms.invariance(),
        "variance", terms.variance(),
        "covariance", terms.covariance());
  }

  private static ImmutableMap<String, Operand<TFloat32>> simDino(
      Ops tf, Options options, Map<String, Operand<TFloat32>> inputs) {
    Operand<TFloat32> student = input(inputs, "student");
    Operand<TFloat32> teacher = input(inputs, "teacher");
    String part = options.text("part");
    if (part.equals("v2_patch")) {
      return loss(SimDinoLoss.patches(tf, student, teacher, input(inputs, "masks")));
    }
    checkArgument(
        ImmutableList.of("v1", "v2").contains(part), "part '%s' is none of v1, v2, v2_patch", part);
    SimDinoLoss.Terms terms =
        new SimDinoLoss(
                2 + options.whole("local_crops"),
                options.number("eps"),
                options.number("coeff"),
                options.whole("expansion_type") == 1,
                Workers.ONE,
                false)
            .terms(tf, student, teacher);
    return ImmutableMap.of(
        "loss", terms.loss(),
        "compression", terms.compression(),
        "expansion", terms.expansion());
  }
}
