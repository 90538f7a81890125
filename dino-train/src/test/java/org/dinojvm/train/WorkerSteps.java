package org.dinojvm.train;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.dinojvm.model.Arithmetic;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.model.head.HeadSettings;
import org.dinojvm.train.cluster.Meeting;
import org.dinojvm.train.cluster.Team;
import org.dinojvm.train.objective.ContrastiveSettings;
import org.dinojvm.train.objective.Dino;
import org.dinojvm.train.objective.DinoV2;
import org.dinojvm.train.objective.Objective;
import org.dinojvm.train.objective.ProjectionSettings;
import org.dinojvm.train.objective.Views;
import org.dinojvm.train.optimizer.Clipping;
import org.dinojvm.train.optimizer.LayerSettings;
import org.dinojvm.train.optimizer.Optimizer;
import org.dinojvm.train.schedule.StepScalars;
import org.dinojvm.train.step.Recipe;
import org.dinojvm.train.step.TrainGraph;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Ten steps on eight pictures, whose views workers deal out in turn as the pipeline does. */
final class WorkerSteps {

  static final int STEPS = 10;
  static final int PICTURES = 8;
  private static final int VIEWS = 3;

  private WorkerSteps() {}

  /** Trains a case; the losses of all steps and then both networks' weights go to a file. */
  static void train(String name, Team team, int accumulate, Path file) throws IOException {
    try (Graph graph = new Graph();
        DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
      Ops tf = Ops.create(graph);
      Params pixels = Params.create(tf, "pixels", 3);
      TrainGraph step =
          new TrainGraph(
              tf, recipe(name, team, accumulate), views(tf, pixels, side(name), team, accumulate));
      var meetings = team.meeting(tf, step.variables(), step.counters());
      ConfigProto options =
          ConfigProto.newBuilder()
              .setIntraOpParallelismThreads(1)
              .setInterOpParallelismThreads(1)
              .build();
      try (Session session = team.open(graph, options, news -> {})) {
        Meeting meeting = meetings.apply(session);
        pixels.variables().forEach(variable -> session.run(variable.initialize()));
        session.run(batchOf(tf, pixels));
        if (team.isChief()) {
          step.initialize(session);
        }
        meeting.takeOverFromChief();
        for (int number = 0; number < STEPS; number++) {
          StepScalars scalars = scalars(name, number);
          out.writeFloat((float) meeting.step(number, run -> step.run(session, scalars)).loss());
        }
        if (!meeting.makeEqual()) {
          throw new IllegalStateException("the workers' weights differ");
        }
        write(out, session, step.student().variables());
        write(out, session, step.teacher().variables());
        meeting.leave();
      }
    }
  }

  private static Op batchOf(Ops tf, Params pixels) {
    return tf.assignVariableOp(batch(pixels).handle(), tf.constant(0f));
  }

  /** Counts the batches of one worker: []. */
  private static Variable batch(Params pixels) {
    return pixels.slot("batch", Shape.scalar(), Initializer.zeros());
  }

  /** Deep enough for a ResNet's last BatchNorms to see more than one place of a picture. */
  private static int side(String name) {
    return isVit(name) ? 16 : 32;
  }

  private static boolean isVit(String name) {
    return name.startsWith("dino");
  }

  /** This worker's part of [V·8, S, S, 3]: of each view, every so many-th picture. */
  private static Views views(Ops tf, Params pixels, int side, Team team, int accumulate) {
    Operand<TFloat32> all =
        pixels.fixed(
            "crops", Shape.of((long) VIEWS * PICTURES, side, side, 3), Initializer.normal(1));
    int parts = team.workers().count() * accumulate;
    int own = PICTURES / parts;
    Operand<TFloat32> dealt =
        tf.reshape(all, tf.constant(new int[] {VIEWS * own, parts, side, side, 3}));
    Operand<TFloat32> crops =
        accumulate == 1
            ? tf.gather(dealt, tf.constant(team.workers().rank()), tf.constant(1))
            : tf.gather(dealt, inTurn(tf, pixels, accumulate), tf.constant(1));
    Operand<TFloat32> known = tf.ensureShape(crops, Shape.of((long) VIEWS * own, side, side, 3));
    Operand<TFloat32> global =
        tf.slice(known, tf.constant(new int[4]), tf.constant(new int[] {2 * own, -1, -1, -1}));
    return new Views(global, ImmutableList.of(known), VIEWS);
  }

  /** 0, 1, … of so many batches, one further with each run: []. */
  private static Operand<TInt32> inTurn(Ops tf, Params pixels, int accumulate) {
    Variable count = batch(pixels);
    Ops after = tf.withControlDependencies(tf.assignAddVariableOp(count.handle(), tf.constant(1f)));
    Operand<TFloat32> now = after.readVariableOp(count.handle(), TFloat32.class);
    return tf.math.floorMod(tf.dtypes.cast(now, TInt32.class), tf.constant(accumulate));
  }

  private static Recipe recipe(String name, Team team, int accumulate) {
    Map<String, Object> vit =
        Map.of("arch", "vit_tiny", "patch_size", 4, "embed_dim", 16, "depth", 2, "num_heads", 2);
    Backbone backbone =
        BackboneSettings.of(isVit(name) ? vit : Map.of("arch", "resnet18")).create(side(name));
    Dino dino =
        new Dino(
            new HeadSettings(32, true, name.endsWith("bn"), 16, 8),
            0.1,
            0.04,
            0.04,
            0,
            0.9,
            0.996,
            0,
            0,
            DinoV2.Balancing.CENTERING,
            Dino.TeacherKind.MOMENTUM,
            new ContrastiveSettings(0, 0.2, new ProjectionSettings(8, 4)));
    return new Recipe(
        backbone,
        dino,
        Optimizer.SGD, // AdamW moves what has no gradient by the sign of a rounding error
        LayerSettings.ALL_ALIKE.of(backbone),
        0.999,
        Clipping.PER_TENSOR,
        3,
        false,
        name.equals("dino") || name.equals("dino_bn") ? 0.2 : 0,
        accumulate,
        Arithmetic.PLAIN,
        5,
        team.workers(),
        true);
  }

  /**
   * Through BatchNorm a rounding error grows with each step, by more at a higher rate and in a
   * deeper network: a ResNet's loss falls from 6.1 to 4.7 at this one, and to 1.6 at ten times it.
   */
  private static StepScalars scalars(String name, long step) {
    double rate =
        switch (name) {
          case "resnet" -> 1e-5;
          case "dino_bn" -> 0.001;
          default -> 0.01;
        };
    return new StepScalars(
        step,
        ImmutableMap.of(
            StepScalars.LEARNING_RATE,
            rate,
            StepScalars.WEIGHT_DECAY,
            0.04,
            Objective.MOMENTUM,
            0.9,
            Dino.TEACHER_TEMPERATURE,
            0.04),
        false);
  }

  private static void write(DataOutputStream out, Session session, List<Variable> variables)
      throws IOException {
    Session.Runner runner = session.runner();
    variables.forEach(variable -> runner.fetch(variable.stored()));
    try (Result result = runner.run()) {
      for (int i = 0; i < result.size(); i++) {
        float[] values = new float[(int) result.get(i).shape().size()];
        result.get(i).asRawTensor().data().asFloats().read(values);
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length);
        bytes.asFloatBuffer().put(values);
        out.write(bytes.array());
      }
    }
  }
}
