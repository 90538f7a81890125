package org.dinojvm.cli.explore;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.cli.options.DataOption;
import org.dinojvm.cli.options.ModelOption;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.explore.index.IndexChanges;
import org.dinojvm.explore.index.IndexDescription;
import org.dinojvm.explore.index.IndexUpdate;
import org.dinojvm.explore.index.PictureIndex;
import org.dinojvm.explore.index.Recall;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino index}: a folder of pictures as an index to search. */
@Command(
    name = "index",
    header = "Make pictures searchable by what a model sees in them.",
    description = {
      "",
      "--output becomes a Lucene index that mirrors the pictures. Given again, the same command"
          + " embeds only what is new or changed and drops what is gone. It may be killed at any"
          + " moment: the next one goes on.",
      ""
    })
public final class IndexCommand implements Callable<Integer> {

  private static final int CHECKED_NEIGHBOURS = 10;
  private static final int CHECKED_QUERIES = 1000;

  @Spec private CommandSpec command;

  @Mixin private final ModelOption model;

  @Mixin private final DataOption data = new DataOption();

  @Option(
      names = "--output",
      required = true,
      paramLabel = "INDEX",
      description = "Folder of the index, new or of the same pictures and model.")
  private Path output;

  @Option(
      names = "--quantize",
      description = "Search with a byte a feature: a quarter of the memory to search in.")
  private boolean quantize;

  @Option(
      names = "--check",
      description =
          "Afterwards compare with an exact search: the share of the 10 nearest that the index"
              + " finds, for up to 1000 pictures.")
  private boolean check;

  /** A command that opens its model by a function. */
  public IndexCommand(BiFunction<Path, Trust, FeatureModel> models) {
    this.model = new ModelOption(models);
  }

  @Override
  public Integer call() throws IOException {
    IndexUpdate.prepareFolder(output);
    PrintWriter out = command.commandLine().getOut();
    PrintWriter messages = command.commandLine().getErr();
    try (FeatureModel opened = model.open()) {
      ImageFolder pictures = data.open(IndexUpdate.scanFile(output), messages);
      IndexDescription description =
          IndexDescription.of(data.path(), pictures.root(), model.path(), opened, quantize);
      IndexChanges changes;
      try (ProgressLine progress = new ProgressLine("index")) {
        changes = new IndexUpdate(output, opened, description, progress).run(pictures);
      }
      changes
          .unreadable()
          .forEach(file -> messages.printf("left out %s: %s%n", file.name(), file.reason()));
      messages.flush();
      report(changes, out);
    }
    return 0;
  }

  private void report(IndexChanges changes, PrintWriter out) throws IOException {
    try (PictureIndex index = PictureIndex.open(output)) {
      out.printf(
          Locale.ROOT,
          "%s: %,d pictures × %d features, %.1f MB; %,d new, %,d changed, %,d removed, %,d as they"
              + " were%n",
          output,
          index.size(),
          index.description().dimensions(),
          index.bytes() / 1e6,
          changes.added(),
          changes.changed(),
          changes.removed(),
          changes.unchanged());
      if (check) {
        Recall recall = Recall.of(index, CHECKED_NEIGHBOURS, CHECKED_QUERIES, 0);
        out.printf(
            Locale.ROOT,
            "recall@%d %.4f of an exact search, %,d queries in %d segments: %,.0f queries/s, exact"
                + " %,.0f%n",
            recall.count(),
            recall.recall(),
            recall.queries(),
            index.segments(),
            recall.queriesPerSecond(),
            recall.exactQueriesPerSecond());
      }
      out.flush();
    }
  }
}
