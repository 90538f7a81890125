package org.dinojvm.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.SavedModel;

/**
 * Takes attributes that equal their op's default out of a SavedModel, as Python's exporter does
 * ({@code strip_default_attrs}): a runtime older than an attribute then still reads the graph.
 */
final class GraphDefaults {

  private GraphDefaults() {}

  /** Rewrites a {@code saved_model.pb} in place. */
  static void strip(Path savedModel) throws IOException {
    Map<String, OpDef> ops =
        TensorFlow.registeredOpList().getOpList().stream()
            .collect(Collectors.toMap(OpDef::getName, op -> op));
    SavedModel.Builder model = SavedModel.parseFrom(Files.readAllBytes(savedModel)).toBuilder();
    for (MetaGraphDef.Builder meta : model.getMetaGraphsBuilderList()) {
      GraphDef.Builder graph = meta.getGraphDefBuilder();
      stripNodes(graph.getNodeBuilderList(), ops);
      for (FunctionDef.Builder function : graph.getLibraryBuilder().getFunctionBuilderList()) {
        stripNodes(function.getNodeDefBuilderList(), ops);
      }
      meta.getMetaInfoDefBuilder().setStrippedDefaultAttrs(true);
    }
    Files.write(savedModel, model.build().toByteArray());
  }

  private static void stripNodes(List<NodeDef.Builder> nodes, Map<String, OpDef> ops) {
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
