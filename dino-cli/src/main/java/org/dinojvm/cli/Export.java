package org.dinojvm.cli;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.cli.options.OutputFile;
import org.dinojvm.cli.options.PictureFolders;
import org.dinojvm.cli.options.PrecisionOption;
import org.dinojvm.cli.options.TrustOption;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.eval.FeatureKind;
import org.dinojvm.eval.FeatureOptions;
import org.dinojvm.eval.ReadOuts;
import org.dinojvm.serve.ExportOptions;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.serve.SavedModelExporter;
import org.dinojvm.serve.WeightsExporter;
import org.dinojvm.serve.WeightsExporter.Written;
import org.dinojvm.serve.readout.LinearClassifier;
import org.dinojvm.serve.readout.ReadOut;
import org.dinojvm.settings.Rules;
import org.dinojvm.weights.names.HuggingFaceConfig;
import org.dinojvm.weights.names.WeightNames;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino export}: the EMA teacher as a SavedModel, its weights as safetensors, or both. */
@Command(
    name = "export",
    header = "Export a trained teacher for TensorFlow Serving or for PyTorch.",
    description = {
      "",
      "--output writes a SavedModel, DIR/<next version>/, with the signatures serving_default"
          + " (encoded pictures to features), images (pixels to features), projection, attention"
          + " and tokens.",
      "--safetensors writes the weights alone: for the published code, for timm, or for"
          + " transformers with config.json and preprocessor_config.json beside them.",
      ""
    })
final class Export implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description =
          "A run folder (its newest checkpoint is taken) or a checkpoint folder; for --safetensors"
              + " also a SavedModel or a file of weights.")
  private Path model;

  @Mixin private TrustOption trust;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Folder of the SavedModel's versions, e.g. savedmodels/NAME.")
  private Path output;

  @Option(
      names = "--classifier",
      paramLabel = "FILE",
      description =
          "What 'dino evaluate linear … --classifier FILE' wrote for this checkpoint: --output gets"
              + " the signature classify, from encoded pictures to probabilities and class names.")
  private Path classifier;

  @Option(
      names = "--features",
      defaultValue = "cls",
      paramLabel = "cls|mean|cls+mean|last4",
      description =
          "What the SavedModel gives as features [${DEFAULT-VALUE}]: the class token, the mean of the"
              + " patches' tokens, both, or the class tokens of the last 4 blocks.")
  private String features;

  @Option(
      names = "--whiten",
      paramLabel = "DIR",
      description =
          "Whitens the SavedModel's features by the principal components of these pictures'"
              + " features, as a last layer: better for neighbours, see docs/quickstart.md.")
  private Path whiten;

  @Option(
      names = "--whitening_power",
      defaultValue = "0.5",
      paramLabel = "P",
      description =
          "Power of the eigenvalues that components are divided by [${DEFAULT-VALUE}], which makes all"
              + " of them alike; 0.35 finds changed copies better.")
  private double whiteningPower;

  @Mixin private PrecisionOption precision;

  @Option(
      names = "--safetensors",
      paramLabel = "FILE",
      description = "File of the weights, *.safetensors.")
  private Path safetensors;

  @Option(
      names = "--names",
      defaultValue = "published",
      paramLabel = "published|timm|huggingface",
      description = {
        "Names in --safetensors [${DEFAULT-VALUE}]. published: backbone.* and head.*, as in the"
            + " published checkpoints; timm: the backbone alone, as in the published backbone files"
            + " and in timm; huggingface: the backbone as a ViTModel."
      })
  private WeightNames names;

  @Option(names = "--overwrite", description = "Replace --safetensors if it exists.")
  private boolean overwrite;

  @Override
  public Integer call() throws Exception {
    checkArgument(
        output != null || safetensors != null,
        "say what to export: --output DIR for a SavedModel, --safetensors FILE for weights");
    checkArgument(
        classifier == null || output != null,
        "--classifier %s goes into a SavedModel: say where, --output DIR",
        classifier);
    checkArgument(
        output != null || (isClassToken() && precision.isDefault()),
        "--features, --whiten and --precision are of a SavedModel: say where, --output DIR");
    Rules.fraction("whitening_power", whiteningPower);
    PrintWriter out = command.commandLine().getOut();
    if (safetensors != null) {
      writeWeights(out);
    }
    if (output != null) {
      out.println("exported " + exportSavedModel());
    }
    out.flush();
    return 0;
  }

  private Path exportSavedModel() throws IOException {
    Path checkpoint =
        Checkpoints.in(model)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "no checkpoint in "
                            + model
                            + "; give a run folder or a checkpoint folder"));
    if (classifier == null && isClassToken()) {
      return SavedModelExporter.export(
          checkpoint, output, ExportOptions.PLAIN.in(precision.value()));
    }
    try (FeatureModel opened = FeatureModels.open(checkpoint, trust.trust())) {
      return SavedModelExporter.export(
          checkpoint,
          output,
          new ExportOptions(readOut(opened), classifierOf(opened, checkpoint), precision.value()));
    }
  }

  /** Whether the export gives as features what every backbone gives. */
  private boolean isClassToken() {
    return whiten == null && FeatureOptions.kind(features) == FeatureKind.CLS;
  }

  private Optional<LinearClassifier> classifierOf(FeatureModel opened, Path checkpoint) {
    if (classifier == null) {
      return Optional.empty();
    }
    LinearClassifier known = LinearClassifier.read(classifier);
    checkArgument(
        opened.fingerprint().equals(known.fingerprint()),
        "%s was trained on another model's features than those of %s: train one on them, 'dino"
            + " evaluate linear --model %s'",
        classifier,
        checkpoint,
        checkpoint);
    return Optional.of(known);
  }

  /** What the export gives as features; none for the class token as it is. */
  private Optional<ReadOut> readOut(FeatureModel opened) throws IOException {
    if (isClassToken()) {
      return Optional.empty();
    }
    List<Picture> pictures =
        whiten == null
            ? ImmutableList.of()
            : PictureFolders.open(whiten, command.commandLine().getErr()).pictures();
    try (ProgressLine progress = new ProgressLine("features")) {
      FeatureKind kind = FeatureOptions.kind(features);
      return Optional.of(ReadOuts.learn(opened, kind, pictures, whiteningPower, progress));
    }
  }

  private void writeWeights(PrintWriter out) throws IOException {
    OutputFile.check(safetensors, "--safetensors", ".safetensors");
    OutputFile.checkReplaceable(safetensors, overwrite);
    if (names == WeightNames.HUGGINGFACE) {
      OutputFile.checkReplaceable(safetensors.resolveSibling(HuggingFaceConfig.FILE), overwrite);
      OutputFile.checkReplaceable(
          safetensors.resolveSibling(HuggingFaceConfig.PREPROCESSOR_FILE), overwrite);
    }
    Written written = WeightsExporter.write(model, trust.trust(), names, safetensors);
    out.printf(
        Locale.ROOT,
        "%s: %d tensors, %,d values, under %s names%s%n",
        safetensors,
        written.tensors(),
        written.values(),
        names.toString().toLowerCase(Locale.ROOT),
        names == WeightNames.HUGGINGFACE
            ? "; beside it "
                + HuggingFaceConfig.FILE
                + " and "
                + HuggingFaceConfig.PREPROCESSOR_FILE
            : "");
  }
}
