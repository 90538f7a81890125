package org.dinojvm.verify.backbone;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.List;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.xcit.Xcit;
import org.dinojvm.model.xcit.XcitPass;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.ReferenceFile;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A small XCiT with weights of its own, on pictures of several sizes and in training mode. */
public final class XcitCheck implements Check {

  private static final ImmutableMap<String, Double> TOLERANCES =
      ImmutableMap.of("last_attention", 7e-5, "xca_attention", 7e-5, "pos_encoding", 1e-5);

  private static final String TRAINED = "cls_train";
  private static final String INTERMEDIATE = "intermediate_";

  @Override
  public void run(Path path, Comparisons comparisons) {
    ReferenceFile file = ReferenceFile.read(path);
    OutputsComparison comparison = new OutputsComparison(file, comparisons, TOLERANCES);
    Xcit network = network(file);
    int layers = file.numbered(comparison.inputs().get(0), INTERMEDIATE);
    try (Forward forward =
        new Forward(
            (tf, params, images) -> outputs(network, layers, comparison, tf, params, images),
            params -> file.below("weights."))) {
      comparison.compare(forward, forward.names(), TRAINED);
    }
    file.requireAllUsed();
  }

  private static Xcit network(ReferenceFile file) {
    requireStated(file, "cls_attn_layers", Xcit.CLASS_BLOCKS);
    requireStated(file, "mlp_ratio", Xcit.MLP_RATIO);
    return new Xcit(
        file.whole("patch_size"),
        file.whole("embed_dim"),
        file.whole("depth"),
        file.whole("num_heads"),
        file.flag("tokens_norm"),
        file.number("eta"));
  }

  private static void requireStated(ReferenceFile file, String key, int number) {
    checkArgument(
        file.whole(key) == number,
        "'%s' is %s; only %s is computed here",
        key,
        file.whole(key),
        number);
  }

  private static ImmutableMap<String, Operand<TFloat32>> outputs(
      Xcit network,
      int layers,
      OutputsComparison comparison,
      Ops tf,
      Params params,
      Operand<TFloat32> images) {
    ImmutableMap.Builder<String, Operand<TFloat32>> outputs = ImmutableMap.builder();
    XcitPass<?> pass = network.forward(tf, params, images, Mode.EVALUATION);
    outputs.put("cls", pass.features());
    outputs.put("patch_tokens", pass.patchTokens());
    outputs.put("patch_embed", pass.embedding());
    outputs.put("pos_encoding", pass.positions());
    outputs.put("last_attention", pass.lastAttention());
    outputs.put("xca_attention", pass.lastCrossCovariance());
    List<Operand<TFloat32>> last = layers == 0 ? List.of() : pass.intermediateLayers(layers);
    for (int i = 0; i < layers; i++) {
      outputs.put(INTERMEDIATE + i, last.get(i));
    }
    outputs.put(TRAINED, network.features(tf, params, images, Mode.TEACHER));
    return outputs.putAll(comparison.statistics(params)).buildOrThrow();
  }
}
