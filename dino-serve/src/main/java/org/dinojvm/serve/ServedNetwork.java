package org.dinojvm.serve;

import com.google.common.collect.ImmutableList;
import java.util.Locale;
import org.dinojvm.settings.Setting;

/** Which of the networks that train together is the one to use. */
public record ServedNetwork(
    @Setting(
            value = "teacher",
            doc =
                "Which network is evaluated and exported: the teacher, where there is one, or the student, as MoCo v3 and BYOL do.",
            source = "dino-jvm",
            mayChange = true)
        Network evaluatedNetwork) {

  /** A network of a run. */
  public enum Network {
    /** The EMA of the student. */
    TEACHER,
    /** The network that the optimizer trains. */
    STUDENT;

    /** First part of its weights' names in checkpoints. */
    String root() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** First parts of names in checkpoints, of which the first that is there is served. */
  ImmutableList<String> roots() {
    return evaluatedNetwork == Network.STUDENT
        ? ImmutableList.of(Network.STUDENT.root())
        : ImmutableList.of(Network.TEACHER.root(), Network.STUDENT.root());
  }
}
