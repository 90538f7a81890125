package org.dinojvm.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.cli.options.DataOption;
import org.dinojvm.cli.options.ModelOption;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.eval.FeatureExtractor;
import org.dinojvm.eval.linear.ClassifierInput;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import org.dinojvm.serve.readout.LinearClassifier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino classify}: names the class of pictures by a classifier that was trained before. */
@Command(
    name = "classify",
    header = "Say what pictures show, by a classifier of 'dino evaluate linear'.",
    description = {
      "",
      "A line a picture: its path, then the most probable classes with their probabilities,"
          + " separated by tabs. With --json an object a line.",
      ""
    })
public final class ClassifyCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private final ModelOption model;

  @Mixin private final DataOption data = new DataOption();

  @Option(
      names = "--classifier",
      required = true,
      paramLabel = "FILE",
      description = "What 'dino evaluate linear … --classifier FILE' wrote for this model.")
  private Path classifier;

  @Option(
      names = "--top",
      defaultValue = "1",
      paramLabel = "N",
      description = "How many classes are named [${DEFAULT-VALUE}].")
  private int top;

  @Option(names = "--json", description = "Print a JSON object for each picture.")
  private boolean json;

  /** A command that opens its model by a function. */
  public ClassifyCommand(BiFunction<Path, Trust, FeatureModel> models) {
    this.model = new ModelOption(models);
  }

  @Override
  public Integer call() throws IOException {
    LinearClassifier known = LinearClassifier.read(classifier);
    PrintWriter out = command.commandLine().getOut();
    PrintWriter messages = command.commandLine().getErr();
    try (FeatureModel opened = model.open()) {
      if (!opened.fingerprint().equals(known.fingerprint())) {
        messages.printf(
            "warning: %s was trained on another model's features than those of %s%n",
            classifier, model.path());
      }
      List<Picture> pictures = data.open(messages).pictures();
      try (ProgressLine progress = new ProgressLine("pictures")) {
        for (int from = 0; from < pictures.size(); from += FeatureExtractor.BATCH) {
          int to = Math.min(from + FeatureExtractor.BATCH, pictures.size());
          List<Picture> some = pictures.subList(from, to);
          float[][] inputs = ClassifierInput.of(known, opened, some);
          for (int i = 0; i < inputs.length; i++) {
            out.println(line(some.get(i), known, known.probabilities(inputs[i])));
          }
          out.flush();
          progress.report(to, pictures.size());
        }
      }
    }
    return 0;
  }

  private String line(Picture picture, LinearClassifier known, double[] probabilities)
      throws JsonProcessingException {
    List<Integer> best =
        IntStream.range(0, probabilities.length)
            .boxed()
            .sorted(Comparator.comparingDouble(c -> -probabilities[c]))
            .limit(top)
            .toList();
    if (!json) {
      return picture.name()
          + best.stream()
              .map(
                  c ->
                      String.format(
                          Locale.ROOT, "\t%s\t%.4f", known.classes().get(c), probabilities[c]))
              .collect(Collectors.joining());
    }
    Map<String, Double> classes = new LinkedHashMap<>();
    best.forEach(c -> classes.put(known.classes().get(c), probabilities[c]));
    return new ObjectMapper()
        .writeValueAsString(
            ImmutableMap.of("picture", picture.name().toString(), "classes", classes));
  }
}
