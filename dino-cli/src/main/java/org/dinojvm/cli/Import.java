package org.dinojvm.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.dinojvm.cli.options.PrecisionOption;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.serve.ExportOptions;
import org.dinojvm.serve.ImportedTeacher;
import org.dinojvm.serve.ModelConfig;
import org.dinojvm.serve.SavedModelExporter;
import org.dinojvm.settings.SettingKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino import}: a network of another program as a SavedModel. */
@Command(
    name = "import",
    header = "Make a SavedModel from weights of PyTorch, timm or Hugging Face.",
    description = {
      "",
      "Reads .pth files of torch.save (no code in them is run) and safetensors: the checkpoints and"
          + " backbones of DINO, iBOT, DINOv2 and DINOv3, and the same under the names of timm or"
          + " Hugging Face. What the file is, its content says: architecture and its options, patch"
          + " size, width, depth, and how pictures are to be prepared. Writes OUTPUT/<next version>/"
          + " as dino export does.",
      ""
    })
final class Import implements Callable<Integer> {

  private static final String SIZE = "_size";

  @Spec private CommandSpec command;

  @Option(
      names = "--weights",
      required = true,
      paramLabel = "FILE",
      description =
          "The file of weights; for sharded safetensors their *.safetensors.index.json or its"
              + " folder.")
  private Path weights;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Folder of the model's versions, e.g. savedmodels/NAME.")
  private Path output;

  @Option(
      names = "--network",
      defaultValue = "teacher",
      paramLabel = "teacher|student",
      description = "Which network of a full checkpoint [${DEFAULT-VALUE}].")
  private String network;

  @Option(
      names = "--num_heads",
      paramLabel = "N",
      description =
          "Attention heads, which weights do not tell [what the file or config.json beside it says,"
              + " else features / 64].")
  private String numHeads;

  @Option(
      names = "--eval_crop_size",
      paramLabel = "N",
      description =
          "Side of the pictures that the model is to see, in pixels [as published for the model; else"
              + " that of the position embedding; 224 for a ResNet].")
  private String cropSize;

  @Option(
      names = "--eval_resize_size",
      paramLabel = "N",
      description =
          "Length of the shorter side before cropping, in pixels [as published, else 8/7 of the crop].")
  private String resizeSize;

  @Option(
      names = "--eval_fit",
      paramLabel = "crop|squash",
      description = "How pictures become square [as published].")
  private String fit;

  @Option(
      names = "--eval_interpolation",
      paramLabel = "bicubic|bilinear",
      description = "How pictures are resized [as published].")
  private String interpolation;

  @Option(
      names = "--mean",
      arity = "3",
      paramLabel = "N",
      hideParamSyntax = true,
      description = "Three numbers that normalization subtracts [as published].")
  private String[] mean;

  @Option(
      names = "--std",
      arity = "3",
      paramLabel = "N",
      hideParamSyntax = true,
      description = "Three numbers that normalization divides by [as published].")
  private String[] std;

  @Mixin private PrecisionOption precision;

  @Override
  public Integer call() throws Exception {
    ImportedTeacher teacher = ImportedTeacher.read(weights, network, settings());
    Path version =
        SavedModelExporter.export(teacher, output, ExportOptions.PLAIN.in(precision.value()));
    PrintWriter out = command.commandLine().getOut();
    if (!teacher.weights().ignored().isEmpty()) {
      out.println("left out: " + String.join(", ", teacher.weights().ignored()));
    }
    out.println(describe(teacher));
    out.println(pictures(teacher.config()));
    out.println("imported " + version);
    out.flush();
    return 0;
  }

  private Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    put(settings, "num_heads", numHeads);
    put(settings, "eval_crop_size", cropSize);
    put(settings, "eval_resize_size", resizeSize);
    put(settings, "eval_fit", fit);
    put(settings, "eval_interpolation", interpolation);
    put(settings, "mean", mean);
    put(settings, "std", std);
    return settings;
  }

  private static void put(Map<String, String> settings, String key, String... words) {
    if (words != null && words.length > 0 && words[0] != null) {
      settings.put(key, String.join(" ", words));
    }
  }

  private static String describe(ImportedTeacher teacher) {
    ModelConfig config = teacher.config();
    BackboneSettings backbone = config.backbone();
    StringBuilder facts = new StringBuilder();
    backbone
        .family()
        .facts(backbone)
        .forEach((fact, number) -> facts.append(inWords(fact, number)));
    String label = teacher.label().isEmpty() ? "" : teacher.label() + ": ";
    return label
        + "%s%s, %d features, pictures of %d pixels, %s"
            .formatted(
                backbone.arch(),
                facts,
                config.createBackbone().embedDim(),
                config.evalView().evalCropSize(),
                teacher.hasHead()
                    ? "a head of %d outputs".formatted(config.head().outDim())
                    : "no projection head");
  }

  /** How pictures are prepared, in one line. */
  private static String pictures(ModelConfig config) {
    EvalView view = config.evalView();
    String resizing =
        view.evalFit() == EvalView.Fit.CROP
            ? "shorter side to %d, center %d".formatted(view.evalResizeSize(), view.evalCropSize())
            : "both sides to %d".formatted(view.evalCropSize());
    return "pictures: %s, %s, mean %s, std %s"
        .formatted(
            resizing,
            SettingKey.text(view.evalInterpolation()),
            SettingKey.text(config.normalization().mean()),
            SettingKey.text(config.normalization().std()));
  }

  /** A size by its name, {@code patch 16}; what is counted with its number, {@code 12 blocks}. */
  private static String inWords(String fact, int number) {
    return fact.endsWith(SIZE)
        ? ", %s %d".formatted(fact.substring(0, fact.length() - SIZE.length()), number)
        : ", %d %s".formatted(number, fact.replace('_', ' '));
  }
}
