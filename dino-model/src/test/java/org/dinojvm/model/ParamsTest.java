package org.dinojvm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.dinojvm.model.Params.Kind;
import org.dinojvm.model.Params.Variable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class ParamsTest {

  private static final Shape SHAPE = Shape.of(2, 3);

  private final Graph graph = new Graph();
  private final Ops tf = Ops.create(graph);
  private final Params student = Params.create(tf, "student", 7);

  @AfterEach
  void close() {
    graph.close();
  }

  @Test
  void thePathOfNamesIsTheKey() {
    student.at("blocks").at(0).at("fc1").get("kernel", SHAPE, Initializer.zeros());
    Params.create(tf, "", 7).at("head").get("bias", Shape.of(3), Initializer.zeros());
    assertEquals("student.blocks.0.fc1.kernel", student.variables().get(0).name());
    assertEquals("blocks.0.fc1.kernel", student.relativeName(student.variables().get(0)));
    assertEquals("kernel", student.variables().get(0).leaf());
    assertSame(student.variables().get(0), student.variable("blocks.0.fc1.kernel"));
    assertTrue(graph.operation("head.bias") != null);
  }

  @Test
  void aNameAskedForTwiceIsOneWeight() {
    Operand<TFloat32> first = student.at("fc").get("kernel", SHAPE, Initializer.normal(1));
    assertSame(first, student.at("fc").get("kernel", SHAPE, Initializer.normal(1)));
    assertEquals(1, student.variables().size());
  }

  @Test
  void anotherShapeIsRefused() {
    student.get("kernel", SHAPE, Initializer.zeros());
    Exception e =
        assertThrows(
            IllegalArgumentException.class,
            () -> student.get("kernel", Shape.of(3, 2), Initializer.zeros()));
    assertEquals("student.kernel is [2, 3], asked for as [3, 2]", e.getMessage());
  }

  @Test
  void unknownNamesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> student.variable("none"));
    assertThrows(IllegalArgumentException.class, () -> student.at(""));
    assertThrows(IllegalArgumentException.class, () -> student.setState("none", tf.constant(1f)));
  }

  @Test
  void kindsSayWhoUpdatesAWeight() {
    student.get("kernel", SHAPE, Initializer.zeros());
    student.fixed("weight_g", SHAPE, Initializer.ones());
    student.state("running_mean", Shape.of(3), Initializer.zeros());
    assertEquals(
        List.of(Kind.TRAINED, Kind.FIXED, Kind.STATE),
        student.variables().stream().map(Variable::kind).toList());
    assertEquals(
        List.of("student.kernel"), student.trainable().stream().map(Variable::name).toList());
  }

  @Test
  void decayIsForWhatHasTwoDimensions() {
    student.get("kernel", SHAPE, Initializer.zeros());
    student.get("bias", SHAPE, Initializer.zeros());
    student.get("weight", Shape.of(3), Initializer.ones());
    student.get("cls_token", Shape.of(1, 1, 3), Initializer.ones());
    assertEquals(
        List.of(true, false, false, true),
        student.variables().stream().map(Variable::decayed).toList());
  }

  @Test
  void studentAndTeacherOfOneSeedStartAlikeAndOtherNamesDoNot() {
    Params teacher = Params.create(tf, "teacher", 7);
    Params other = Params.create(tf, "other", 8);
    for (Params p : List.of(student, teacher, other)) {
      p.at("a").get("kernel", SHAPE, Initializer.normal(1));
      p.at("b").get("kernel", SHAPE, Initializer.normal(1));
    }
    try (Session session = new Session(graph)) {
      float[] studentA = initial(session, student.variable("a.kernel"));
      assertArrayEquals(studentA, initial(session, teacher.variable("a.kernel")));
      assertFalse(
          java.util.Arrays.equals(studentA, initial(session, student.variable("b.kernel"))));
      assertFalse(java.util.Arrays.equals(studentA, initial(session, other.variable("a.kernel"))));
    }
  }

  @Test
  void aStateIsWhatWasLastSetAndAssignedWhenTheStepEnds() {
    Operand<TFloat32> mean = student.state("running_mean", Shape.of(1), Initializer.ones());
    student.setState("running_mean", tf.math.add(mean, tf.constant(1f)));
    Operand<TFloat32> moved = student.state("running_mean", Shape.of(1), Initializer.ones());
    student.setState("running_mean", tf.math.mul(moved, tf.constant(10f)));
    Variable variable = student.variable("running_mean");
    try (Session session = new Session(graph)) {
      assertArrayEquals(new float[] {1}, initial(session, variable));
      assertEquals(1, student.stateUpdates().size());
      session.run(student.stateUpdates().get(0));
      assertArrayEquals(new float[] {20}, value(session, variable));
    }
  }

  @Test
  void givenWeightsAreTakenByName() {
    student.at("fc").get("kernel", SHAPE, Initializer.zeros());
    Map<String, Operand<TFloat32>> values = student.at("fc").values();
    assertEquals(List.of("kernel"), List.copyOf(values.keySet()));
    Params given = Params.of(tf, values::get);
    assertSame(values.get("kernel"), given.get("kernel", SHAPE, Initializer.ones()));
    assertTrue(given.variables().isEmpty());
  }

  private static float[] initial(Session session, Variable variable) {
    session.run(variable.initialize());
    return value(session, variable);
  }

  private static float[] value(Session session, Variable variable) {
    try (Result result = session.runner().fetch(variable.value()).run()) {
      return Computed.numbers((TFloat32) result.get(0));
    }
  }
}
