package org.dinojvm.serve;

import static com.google.common.base.Throwables.throwIfUnchecked;
import static com.google.common.collect.ImmutableMap.toImmutableMap;

import com.google.common.collect.ImmutableMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.OpDef;

/**
 * What TensorFlow says of the operations of {@link ServingOps}. Asking loads its native library,
 * which takes longer than all checks of a model's files: it is done on a thread of its own.
 */
final class RegisteredOps {

  private static final CompletableFuture<ImmutableMap<String, OpDef>> BY_NAME =
      CompletableFuture.supplyAsync(RegisteredOps::read);

  private RegisteredOps() {}

  /** Begins to load the library. */
  static void prepare() {} // the class's initialization does

  /** The operations by name; waits for the library. */
  static ImmutableMap<String, OpDef> byName() {
    try {
      return BY_NAME.join();
    } catch (CompletionException e) {
      throwIfUnchecked(e.getCause());
      throw e;
    }
  }

  private static ImmutableMap<String, OpDef> read() {
    return TensorFlow.registeredOpList().getOpList().stream()
        .filter(op -> ServingOps.ALLOWED.contains(op.getName()))
        .collect(toImmutableMap(OpDef::getName, op -> op));
  }
}
