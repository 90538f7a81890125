package org.dinojvm.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.dinojvm.checkpoint.Checkpoint;
import org.tensorflow.Graph;
import org.tensorflow.Signature;
import org.tensorflow.Signature.TensorDescription;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.MetaGraphDef.MetaInfoDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SaverDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Writes the graph and the signatures of a SavedModel. The library's own exporter wants all
 * variables in a session, whose values it writes as well; here they are written apart.
 *
 * <p>Attributes that equal their op's default are left out, as Python's exporter does ({@code
 * strip_default_attrs}): a runtime older than an attribute then still reads the graph.
 */
final class SavedModelWriter {

  /** What TensorFlow Serving and all loaders ask for. */
  private static final String TAG = "serve";

  private SavedModelWriter() {}

  /**
   * Writes {@code saved_model.pb}.
   *
   * @param graph has a saver in the scope {@link Checkpoint#SAVED_MODEL_SCOPE}
   * @param folder of the version
   */
  static void write(Graph graph, List<Signature> signatures, Path folder) throws IOException {
    MetaGraphDef.Builder meta =
        MetaGraphDef.newBuilder()
            .setMetaInfoDef(MetaInfoDef.newBuilder().addTags(TAG).setStrippedDefaultAttrs(true))
            .setSaverDef(saver())
            .setGraphDef(stripped(graph.toGraphDef()));
    signatures.forEach(signature -> meta.putSignatureDef(signature.key(), proto(signature)));
    SavedModel model = SavedModel.newBuilder().addMetaGraphs(meta).build();
    Files.write(folder.resolve(SavedModelFiles.GRAPH), model.toByteArray());
  }

  private static SaverDef saver() {
    String scope = Checkpoint.SAVED_MODEL_SCOPE + "/";
    return SaverDef.newBuilder()
        .setFilenameTensorName(scope + "filename:0")
        .setSaveTensorName(scope + "control_dependency")
        .setRestoreOpName(scope + "restore_all")
        .build();
  }

  private static SignatureDef proto(Signature signature) {
    SignatureDef.Builder proto = SignatureDef.newBuilder().setMethodName(signature.methodName());
    signature.getInputs().forEach((name, tensor) -> proto.putInputs(name, proto(tensor)));
    signature.getOutputs().forEach((name, tensor) -> proto.putOutputs(name, proto(tensor)));
    return proto.build();
  }

  private static TensorInfo proto(TensorDescription tensor) {
    return TensorInfo.newBuilder()
        .setName(tensor.name)
        .setDtype(tensor.dataType)
        .setTensorShape(proto(tensor.shape))
        .build();
  }

  private static TensorShapeProto proto(Shape shape) {
    TensorShapeProto.Builder proto = TensorShapeProto.newBuilder();
    if (shape.isUnknown()) {
      return proto.setUnknownRank(true).build();
    }
    for (long size : shape.asArray()) {
      proto.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return proto.build();
  }

  private static GraphDef stripped(GraphDef graph) {
    Map<String, OpDef> ops =
        TensorFlow.registeredOpList().getOpList().stream()
            .collect(Collectors.toMap(OpDef::getName, op -> op));
    GraphDef.Builder stripped = graph.toBuilder();
    strip(stripped.getNodeBuilderList(), ops);
    for (FunctionDef.Builder function : stripped.getLibraryBuilder().getFunctionBuilderList()) {
      strip(function.getNodeDefBuilderList(), ops);
    }
    return stripped.build();
  }

  private static void strip(List<NodeDef.Builder> nodes, Map<String, OpDef> ops) {
    for (NodeDef.Builder node : nodes) {
      OpDef op = ops.get(node.getOp());
      if (op == null) {
        continue; // a call of a function of the graph
      }
      for (OpDef.AttrDef attribute : op.getAttrList()) {
        AttrValue value = node.getAttrMap().get(attribute.getName());
        if (attribute.hasDefaultValue() && attribute.getDefaultValue().equals(value)) {
          node.removeAttr(attribute.getName());
        }
      }
    }
  }
}
