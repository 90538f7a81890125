package org.dinojvm.serve;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Sets;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.dinojvm.weights.Resources;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.AssetFileDef;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Exports of this project with something added by someone who means harm. */
class GraphCheckTest {

  private static final String RESTORE = "save/restore_all";

  @TempDir static Path directory;

  private static Path model;
  private static byte[] graph;

  private Path victim;

  @BeforeAll
  static void export() throws IOException {
    ImportedTeacher teacher =
        ImportedTeacher.read(
            Resources.reference("checkpoint.pth"), "teacher", Map.of("num_heads", "3"));
    model = SavedModelExporter.export(teacher, directory.resolve("model"));
    graph = Files.readAllBytes(model.resolve("saved_model.pb"));
    Files.delete(model.resolve("MODEL.json")); // who changes the graph can change its hash, too
  }

  @BeforeEach
  void restoreModel() throws IOException {
    victim = directory.resolve("victim");
    Files.deleteIfExists(victim);
    Files.write(model.resolve("saved_model.pb"), graph);
  }

  @Test
  void exportsOfThisProjectAreAllowed() throws IOException {
    GraphCheck.check(model);
    GraphCheck.check(Path.of("../savedmodels/clipart/1"));
  }

  /** An allowed operation must depend on its inputs only, or else be one of those looked at. */
  @Test
  void allowedOperationsHaveNoEffectsButThoseOnVariables() {
    Map<String, OpDef> known =
        TensorFlow.registeredOpList().getOpList().stream().collect(toMap(OpDef::getName, op -> op));
    assertEquals(Set.of(), Sets.difference(ServingOps.ALLOWED, known.keySet()));
    assertEquals(
        Set.of(
            "VarHandleOp",
            "ReadVariableOp",
            "AssignVariableOp",
            "SaveV2", // by the saver alone
            "RestoreV2",
            "GuaranteeConst", // stateful so that it is not optimized away
            "StatefulPartitionedCall"), // what it calls is checked
        ServingOps.ALLOWED.stream().filter(op -> known.get(op).getIsStateful()).collect(toSet()));
  }

  /** Opening would run it, and without the check does. */
  @Test
  void aGraphThatWritesAFileWhenItIsOpenedIsRefused() throws IOException {
    change(
        meta -> {
          NodeDef.Builder write =
              node("evil", "WriteFile")
                  .addInput(constant(meta, "name", victim.toString()))
                  .addInput(constant(meta, "content", "written"));
          meta.getGraphDefBuilder().addNode(write);
          find(meta.getGraphDefBuilder(), RESTORE).addInput("^evil");
        });
    assertRefused("the operation WriteFile ('evil')");
    assertFalse(Files.exists(victim));
    FeatureModel.open(model, Trust.FULL).close();
    assertEquals("written", Files.readString(victim));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ReadFile", "MatchingFiles", "PrintV2", "MergeV2Checkpoints", "PyFunc", "ImmutableConst",
            "While",
        "StatelessWhile", "Save", "SaveSlices", "ShardedFilename", "Enter", "HashTableV2", "Case",
        "RemoteCall", "OpOfALibraryOfTheirs",
      })
  void otherOperationsAreRefusedInTheGraphAndInFunctions(String op) throws IOException {
    change(meta -> meta.getGraphDefBuilder().addNode(node("evil", op)));
    assertRefused("the operation " + op + " ('evil')");
    change(meta -> addFunction(meta, "helper", node("evil", op)));
    assertRefused("the operation " + op + " ('evil')");
  }

  /** A function may be named like an operation that is not allowed. */
  @Test
  void aFunctionsNameAllowsNothing() throws IOException {
    change(
        meta -> {
          addFunction(meta, "WriteFile", node("nothing", "NoOp"));
          meta.getGraphDefBuilder().addNode(node("evil", "WriteFile"));
        });
    assertRefused("the operation WriteFile ('evil')");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SaveV2", "RestoreV2"})
  void aFileNameInTheGraphIsRefused(String op) throws IOException {
    change(
        meta -> {
          String file = constant(meta, "file", victim.toString());
          NodeDef.Builder saver = find(meta.getGraphDefBuilder(), nameOf(meta, op));
          saver.setInput(0, file);
        });
    assertRefused("a file name of its own for " + op);
  }

  @Test
  void openingSavesNothing() throws IOException {
    change(meta -> find(meta.getGraphDefBuilder(), RESTORE).addInput("^" + nameOf(meta, "SaveV2")));
    assertRefused("for opening it SaveV2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SaveV2", "RestoreV2", "AssignVariableOp"})
  void aSignatureUsesNoSaver(String op) throws IOException {
    change(
        meta -> {
          SignatureDef.Builder images = meta.getSignatureDefOrThrow("images").toBuilder();
          TensorInfo output = images.getOutputsOrThrow("features");
          NodeDef.Builder last =
              find(meta.getGraphDefBuilder(), output.getName().replaceFirst(":.*", ""));
          last.addInput("^" + nameOf(meta, op));
        });
    assertRefused("' " + op, "for the signature '");
  }

  @Test
  void aFunctionUsesNoSaver() throws IOException {
    change(
        meta -> {
          NodeDef saver = find(meta.getGraphDefBuilder(), nameOf(meta, "SaveV2")).build();
          addFunction(meta, "helper", saver.toBuilder());
        });
    assertRefused("a function that holds SaveV2");
  }

  @Test
  void openingRunsNoInitialisationAndFeedsNoAssets() throws IOException {
    change(
        meta -> meta.putSignatureDef("__saved_model_init_op", SignatureDef.getDefaultInstance()));
    assertRefused("it runs an initialization of its own");
    for (String name : new String[] {"saved_model_main_op", "legacy_init_op"}) {
      change(meta -> meta.putCollectionDef(name, CollectionDef.getDefaultInstance()));
      assertRefused("it runs an initialization of its own");
    }
    change(meta -> meta.addAssetFileDef(AssetFileDef.newBuilder().setFilename("../../passwd")));
    assertRefused("it has assets");
  }

  @Test
  void functionsThatCallThemselvesAreRefused() throws IOException {
    change(meta -> addFunction(meta, "f", call("again", "f")));
    assertRefused("its functions call each other over 16 deep");
  }

  /** Each of 16 functions calls the next one a hundred times. */
  @Test
  void functionsThatUnfoldWithoutBoundAreRefused() throws IOException {
    change(
        meta -> {
          for (int i = 0; i < 15; i++) {
            NodeDef.Builder[] calls = new NodeDef.Builder[100];
            for (int j = 0; j < calls.length; j++) {
              calls[j] = call("call" + j, "f" + (i + 1));
            }
            addFunction(meta, "f" + i, calls);
          }
          addFunction(meta, "f15", node("end", "NoOp"));
        });
    assertRefused("its functions unfold to ");
  }

  /** The last of the given values stands for all that follow: a few bytes for any size. */
  @Test
  void aHugeConstantOfAFewBytesIsRefused() throws IOException {
    change(
        meta -> {
          TensorShapeProto.Dim side = TensorShapeProto.Dim.newBuilder().setSize(1 << 20).build();
          TensorProto huge =
              TensorProto.newBuilder()
                  .setDtype(DataType.DT_FLOAT)
                  .setTensorShape(TensorShapeProto.newBuilder().addDim(side).addDim(side))
                  .addFloatVal(1)
                  .build();
          meta.getGraphDefBuilder()
              .addNode(
                  node("huge", "Const")
                      .putAttr("value", AttrValue.newBuilder().setTensor(huge).build()));
        });
    assertRefused("its graph has constants of 10995");
  }

  /** TensorFlow's optimizer crashes the whole process on some of these. */
  @Test
  void nodesWithoutTheirInputsAreDamage() throws IOException {
    change(
        meta -> {
          GraphDef.Builder nodes = meta.getGraphDefBuilder();
          find(nodes, nameOf(meta, "Sub")).clearInput();
        });
    assertProblem("is damaged: inputs of the operation 'Sub");
    change(meta -> find(meta.getGraphDefBuilder(), nameOf(meta, "Sub")).setInput(0, "nowhere"));
    assertProblem("is damaged: inputs of the operation 'Sub");
  }

  @Test
  void aSecondGraphThatTensorFlowWouldPreferIsRefused() throws IOException {
    Path other = Files.write(model.resolve("saved_model.cpb"), graph);
    assertProblem("holds saved_model.cpb, which no export of this project has");
    Files.delete(other);
  }

  // ---------------------------------------------------------------- changes

  private static void change(Consumer<MetaGraphDef.Builder> change) throws IOException {
    SavedModel.Builder changed = SavedModel.parseFrom(graph).toBuilder();
    change.accept(changed.getMetaGraphsBuilder(0));
    Files.write(model.resolve("saved_model.pb"), changed.build().toByteArray());
  }

  private static NodeDef.Builder node(String name, String op) {
    return NodeDef.newBuilder().setName(name).setOp(op);
  }

  private static NodeDef.Builder call(String name, String function) {
    NameAttrList called = NameAttrList.newBuilder().setName(function).build();
    return node(name, "PartitionedCall")
        .putAttr("f", AttrValue.newBuilder().setFunc(called).build());
  }

  /** Adds a text to the graph and returns its name. */
  private static String constant(MetaGraphDef.Builder meta, String name, String text) {
    TensorProto value =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_STRING)
            .setTensorShape(TensorShapeProto.getDefaultInstance())
            .addStringVal(ByteString.copyFromUtf8(text))
            .build();
    meta.getGraphDefBuilder()
        .addNode(
            node(name, "Const")
                .putAttr("dtype", AttrValue.newBuilder().setType(DataType.DT_STRING).build())
                .putAttr("value", AttrValue.newBuilder().setTensor(value).build()));
    return name;
  }

  private static void addFunction(
      MetaGraphDef.Builder meta, String name, NodeDef.Builder... nodes) {
    FunctionDef.Builder function =
        FunctionDef.newBuilder().setSignature(OpDef.newBuilder().setName(name));
    for (NodeDef.Builder node : nodes) {
      function.addNodeDef(node);
    }
    meta.getGraphDefBuilder().getLibraryBuilder().addFunction(function);
  }

  private static NodeDef.Builder find(GraphDef.Builder graph, String name) {
    return graph.getNodeBuilderList().stream()
        .filter(node -> node.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** The first node of an operation. */
  private static String nameOf(MetaGraphDef.Builder meta, String op) {
    return meta.getGraphDefBuilder().getNodeBuilderList().stream()
        .filter(node -> node.getOp().equals(op))
        .findFirst()
        .orElseThrow()
        .getName();
  }

  private static void assertRefused(String... expected) {
    assertProblem("refused: " + model + ": ");
    assertProblem("by --trust");
    for (String part : expected) {
      assertProblem(part);
    }
  }

  private static void assertProblem(String expected) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> FeatureModel.open(model)).getMessage();
    assertTrue(message.contains(expected), message);
    assertFalse(message.contains("\n"), message);
  }
}
