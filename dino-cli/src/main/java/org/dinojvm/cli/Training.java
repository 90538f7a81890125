package org.dinojvm.cli;

import com.google.common.collect.ImmutableMap;
import com.google.common.io.Closer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dinojvm.cli.console.ConsoleProgress;
import org.dinojvm.cli.console.StopSignals;
import org.dinojvm.cli.console.WorkerConsole;
import org.dinojvm.cli.options.PictureFolders;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationListener;
import org.dinojvm.eval.EvaluationListener.Outputs;
import org.dinojvm.eval.Evaluations;
import org.dinojvm.eval.LabelledSplit;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.tensorboard.TensorBoard;
import org.dinojvm.train.Trainer;
import org.dinojvm.train.cluster.Team;
import org.dinojvm.train.config.EvaluationSettings;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.run.TrainingListener;
import org.dinojvm.visual.DivergedInputs;
import picocli.CommandLine.Help.Ansi;

/** What the commands that train have in common: show progress, train, export the teacher. */
public final class Training {

  /** Where exports go, seen from where the program is started. */
  static final Path EXPORTS = Path.of("savedmodels");

  private Training() {}

  /**
   * Trains and exports, unless this very checkpoint was exported before; of several workers, the
   * chief exports.
   *
   * @param more listeners of a run without other workers
   * @param exports folder of the models, each with its versions
   */
  static void run(
      TrainConfig config, Team team, List<TrainingListener> more, Path exports, PrintWriter out)
      throws IOException {
    if (team == Team.ALONE) {
      new RunExport(config, exports, out).of(train(config, more, out));
    } else if (team.isChief()) {
      new RunExport(config, exports, out).of(trainAsChief(config, team, out));
    } else {
      try (StopSignals signals = new StopSignals(out)) {
        new Trainer(config, team, List.of(new WorkerConsole(out), signals)).run();
      }
    }
  }

  private static Path trainAsChief(TrainConfig config, Team team, PrintWriter out)
      throws IOException {
    return train(
        config,
        team,
        Evaluations.named(config.evaluation().names()),
        labelled(config.evaluation(), out),
        List.of(),
        out);
  }

  /** {@link #train(TrainConfig, ImmutableMap, Optional, List, PrintWriter)} as configured. */
  static Path train(TrainConfig config, List<TrainingListener> more, PrintWriter out)
      throws IOException {
    ImmutableMap<String, Evaluation> evaluations =
        Evaluations.named(config.evaluation().names()); // refuses unknown names before any work
    return train(config, evaluations, labelled(config.evaluation(), out), more, out);
  }

  /**
   * Trains, with all that is shown, kept and evaluated on the way.
   *
   * @param evaluations taken during the run, by name
   * @param labelled for those that need classes
   * @param more listeners, which stay the caller's to close
   * @return the last checkpoint
   */
  static Path train(
      TrainConfig config,
      ImmutableMap<String, Evaluation> evaluations,
      Optional<LabelledSplit> labelled,
      List<TrainingListener> more,
      PrintWriter out)
      throws IOException {
    return train(config, Team.ALONE, evaluations, labelled, more, out);
  }

  private static Path train(
      TrainConfig config,
      Team team,
      ImmutableMap<String, Evaluation> evaluations,
      Optional<LabelledSplit> labelled,
      List<TrainingListener> more,
      PrintWriter out)
      throws IOException {
    try (Closer listeners = Closer.create()) {
      List<TrainingListener> all = new ArrayList<>();
      all.add(listeners.register(new ConsoleProgress(out, Ansi.AUTO.enabled())));
      StopSignals signals = listeners.register(new StopSignals(out));
      all.add(signals);
      all.addAll(more);
      all.add(listeners.register(new DivergedInputs(out)));
      TensorBoard board = listeners.register(new TensorBoard(out::println));
      all.add(
          listeners.register(
              new EvaluationListener(
                  evaluations,
                  labelled,
                  FeatureModels::open,
                  new Outputs(
                      out, board::evaluated, message -> all.forEach(one -> one.warned(message))),
                  () -> signals.stopRequested().isPresent())));
      all.add(board);
      return new Trainer(config, team, all).run();
    }
  }

  private static Optional<LabelledSplit> labelled(EvaluationSettings settings, PrintWriter out)
      throws IOException {
    if (settings.evalTrain().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new LabelledSplit(
            PictureFolders.scanLabelled(Path.of(settings.evalTrain()), out),
            Optional.of(PictureFolders.scanLabelled(Path.of(settings.evalVal()), out))));
  }
}
