package org.dinojvm.serve;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;

/**
 * The operations that a graph may hold to be opened unseen: functions of their inputs alone, which
 * forward passes are made of, and those that keep weights in variables. None reads or writes a
 * file, but the saver's two; none prints, loops, calls Python, keeps tables or opens a connection.
 */
final class ServingOps {

  /** Reads weights from files. */
  static final String RESTORE = "RestoreV2";

  /** Writes weights to files. */
  static final String SAVE = "SaveV2";

  /** What only the saver may use, and no signature. */
  static final ImmutableSet<String> SAVER = ImmutableSet.of(RESTORE, SAVE, "AssignVariableOp");

  private static final ImmutableSet<String> VARIABLES =
      ImmutableSet.of("VarHandleOp", "ReadVariableOp");

  /** They call functions of the graph, whose operations are checked like all others. */
  private static final ImmutableSet<String> CALLS =
      ImmutableSet.of("MapDefun", "PartitionedCall", "StatefulPartitionedCall", "StatelessIf");

  /** Sources, shapes and what returns its input. */
  private static final ImmutableSet<String> VALUES =
      names(
          """
          BroadcastTo Cast Const EnsureShape Fill GuaranteeConst Identity IdentityN LinSpace NoOp OnesLike
          Placeholder PreventGradient Range Rank Shape ShapeN Size Snapshot StopGradient ZerosLike
          """);

  private static final ImmutableSet<String> ARRAYS =
      names(
          """
          ArgMax ArgMin BatchToSpaceND Concat ConcatV2 DepthToSpace ExpandDims ExtractImagePatches Gather
          GatherNd GatherV2 InvertPermutation MatrixBandPart MatrixDiagPartV3 MatrixDiagV3 MatrixSetDiagV3
          MirrorPad OneHot Pack Pad PadV2 Reshape ReverseV2 Roll ScatterNd Select SelectV2 Slice
          SpaceToBatchND SpaceToDepth Split SplitV Squeeze StridedSlice TensorScatterAdd
          TensorScatterUpdate Tile TopKV2 Transpose Unpack Where
          """);

  private static final ImmutableSet<String> ARITHMETIC =
      names(
          """
          Abs Acos Add AddN AddV2 All Any Asin Atan Atan2 Ceil ClipByValue Cos Cosh Cumprod Cumsum Div
          DivNoNan Equal Erf Erfc Erfinv EuclideanNorm Exp Expm1 FakeQuantWithMinMaxArgs Floor FloorDiv
          FloorMod Greater GreaterEqual Inv IsFinite IsInf IsNan Less LessEqual Log Log1p LogicalAnd
          LogicalNot LogicalOr Max Maximum Mean Min Minimum Mod Mul MulNoNan Neg NotEqual Pow Prod RealDiv
          Reciprocal Rint Round Rsqrt Sigmoid Sign Sin Sinh Sqrt Square SquaredDifference Sub Sum Tan Tanh
          TruncateDiv TruncateMod Xdivy Xlogy
          """);

  private static final ImmutableSet<String> NETWORKS =
      names(
          """
          AvgPool BatchMatMul BatchMatMulV2 BatchMatMulV3 BiasAdd Conv2D Conv2DBackpropInput
          DepthwiseConv2dNative Einsum Elu FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 L2Loss
          LeakyRelu LogSoftmax MatMul MaxPool MaxPoolV2 Relu Relu6 Selu Softmax Softplus Softsign
          """);

  /** Random numbers as a function of their seed: initial values, which stay in an export. */
  private static final ImmutableSet<String> RANDOM =
      names(
          """
          StatelessRandomGetKeyCounter StatelessRandomNormal StatelessRandomNormalV2
          StatelessRandomUniform StatelessRandomUniformInt StatelessRandomUniformIntV2
          StatelessRandomUniformV2 StatelessTruncatedNormal StatelessTruncatedNormalV2
          """);

  /** From the bytes of a picture to pixels; its first bytes tell the format. */
  private static final ImmutableSet<String> PICTURES =
      names(
          """
          CropAndResize DecodeAndCropJpeg DecodeBmp DecodeGif DecodeImage DecodeJpeg DecodePng
          ExtractJpegShape ImageProjectiveTransformV3 ResizeArea ResizeBicubic ResizeBilinear
          ResizeNearestNeighbor ScaleAndTranslate StringLength Substr
          """);

  /** All that are allowed. */
  static final ImmutableSet<String> ALLOWED =
      ImmutableSet.<String>builder()
          .addAll(SAVER)
          .addAll(VARIABLES)
          .addAll(CALLS)
          .addAll(VALUES)
          .addAll(ARRAYS)
          .addAll(ARITHMETIC)
          .addAll(NETWORKS)
          .addAll(RANDOM)
          .addAll(PICTURES)
          .build();

  private ServingOps() {}

  private static ImmutableSet<String> names(String words) {
    return ImmutableSet.copyOf(Splitter.onPattern("\\s+").omitEmptyStrings().split(words));
  }
}
