package org.dinojvm.cli.explore;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import org.dinojvm.cli.options.ModelOption;
import org.dinojvm.explore.index.PictureIndex;
import org.dinojvm.explore.web.ExploreServer;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino serve}: a page to drop pictures into. */
@Command(
    name = "serve",
    header = "Serve a page to drop pictures into: neighbours, attention, patches.",
    description = {
      "",
      "For trying a model out on this machine; ends with Ctrl-C. For production there is"
          + " TensorFlow Serving (docs/serving.md).",
      ""
    })
public final class ServeCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private final ModelOption model;

  @Option(
      names = "--index",
      paramLabel = "INDEX",
      description = "Folder that dino index wrote with this model, to find neighbours in.")
  private Path index;

  @Option(
      names = "--port",
      defaultValue = "8080",
      paramLabel = "PORT",
      description = "Where to listen, 0 for any that is free [${DEFAULT-VALUE}].")
  private int port;

  @Option(
      names = "--address",
      defaultValue = "127.0.0.1",
      paramLabel = "ADDRESS",
      description =
          "Of which of this machine's addresses [${DEFAULT-VALUE}: no other machine can connect]."
              + " There is no password: 0.0.0.0 is for networks that are trusted.")
  private String address;

  /** A command that opens its model by a function. */
  public ServeCommand(BiFunction<Path, Trust, FeatureModel> models) {
    this.model = new ModelOption(models);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    checkArgument(port >= 0 && port <= 65535, "--port %s must be 0 to 65535", port);
    InetAddress bound = bound();
    try (FeatureModel opened = model.open();
        PictureIndex searched = index == null ? null : PictureIndex.open(index)) {
      if (searched != null) {
        searched.requireSameModel(opened);
      }
      serve(opened, Optional.ofNullable(searched), bound);
    }
    return 0;
  }

  private InetAddress bound() {
    try {
      return InetAddress.getByName(address);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("--address %s is none".formatted(address), e);
    }
  }

  private void serve(FeatureModel opened, Optional<PictureIndex> searched, InetAddress bound)
      throws IOException, InterruptedException {
    PrintWriter out = command.commandLine().getOut();
    try (ExploreServer server = new ExploreServer(opened, searched, bound, port)) {
      out.printf("open %s (Ctrl-C ends)%n", server.address());
      out.flush();
      new CountDownLatch(1).await(); // until the process is stopped
    }
  }
}
