package org.dinojvm.cli;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.eval.Findings;
import org.dinojvm.eval.KeptResults;
import org.dinojvm.files.IoFailures;
import org.dinojvm.tensorboard.TensorBoard;

/** Keeps what was found with the run whose checkpoint it is, in its log and in TensorBoard. */
final class ResultKeeping {

  private ResultKeeping() {}

  /** A folder that cannot be written is said; the numbers have been printed by then. */
  static void keep(
      Path model,
      String evaluation,
      Map<String, String> changed,
      ImmutableMap<String, Findings> findings,
      PrintWriter messages) {
    Findings found = findings.get("model");
    Optional<KeptResults> kept = KeptResults.of(model);
    if (kept.isEmpty() || found.numbers().isEmpty()) {
      return;
    }
    Path run = kept.get().run();
    try {
      kept.get().keep(evaluation, changed, findings);
      TensorBoard.add(
          run, kept.get().step(), KeptResults.label(evaluation, changed), found, messages::println);
    } catch (IOException e) {
      messages.println(
          IoFailures.writing(run.resolve(KeptResults.LOG), e).getMessage()
              + "; the results are not kept with the run");
    }
    messages.flush();
  }
}
