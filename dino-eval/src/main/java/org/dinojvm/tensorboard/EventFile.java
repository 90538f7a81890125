package org.dinojvm.tensorboard;

import com.google.common.primitives.Bytes;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.dinojvm.data.source.TfRecord;
import org.dinojvm.files.AppendedFile;
import org.dinojvm.files.IoFailures;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.SessionLog;
import org.tensorflow.proto.Summary;
import org.tensorflow.proto.SummaryMetadata;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * One TensorBoard event file: a session of a run. Its name sorts behind those of sessions before,
 * and it opens by telling TensorBoard to forget the steps behind the one that the session goes on
 * from, which will be written again.
 *
 * <p>A full disk costs events, never training: what cannot be written is dropped, said once, and
 * the next event is tried again. The file always ends with a whole record.
 */
final class EventFile {

  /** What TensorBoard and TensorFlow look for in a name, and the version of the format. */
  private static final String PREFIX = "events.out.tfevents.";

  private static final String VERSION = "brain.Event:2";

  private static final int ATTEMPTS = 1000;

  private final Path file;
  private final Consumer<String> warn;
  private final Clock clock;
  private final AppendedFile records;
  private final byte[] opening;
  private boolean failing;

  /**
   * A file that appears with its first event.
   *
   * @param folder made if it is missing
   * @param done steps that were trained before
   * @param warn is told when events are lost, and when they are written again
   */
  EventFile(Path folder, long done, Consumer<String> warn, Clock clock) {
    this(folder, OptionalLong.of(done), warn, clock);
  }

  /** A file that adds to what others hold: TensorBoard is to forget nothing. */
  static EventFile besideOthers(Path folder, Consumer<String> warn, Clock clock) {
    return new EventFile(folder, OptionalLong.empty(), warn, clock);
  }

  private EventFile(Path folder, OptionalLong done, Consumer<String> warn, Clock clock) {
    this.warn = warn;
    this.clock = clock;
    file = unused(folder, clock.instant());
    records = new AppendedFile(file, 0);
    byte[] version = framed(event().setFileVersion(VERSION));
    opening = done.isPresent() ? Bytes.concat(version, framed(restart(done.getAsLong()))) : version;
  }

  private Event.Builder restart(long done) {
    return event()
        .setStep(done + 1)
        .setSessionLog(SessionLog.newBuilder().setStatus(SessionLog.SessionStatus.START));
  }

  /** Two sessions may begin in the same second. */
  private static Path unused(Path folder, Instant now) {
    String name = String.format("%s%010d.%s", PREFIX, now.getEpochSecond(), host());
    Path file = folder.resolve(name);
    for (int i = 1; Files.exists(file) && i < ATTEMPTS; i++) {
      file = folder.resolve(String.format("%s.%03d", name, i));
    }
    return file;
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  /** Writes a number under a tag. */
  void scalar(long step, String tag, double value) {
    write(step, Summary.Value.newBuilder().setTag(tag).setSimpleValue((float) value));
  }

  /** Writes a picture under a tag. */
  void picture(long step, String tag, byte[] png, int width, int height) {
    write(
        step,
        Summary.Value.newBuilder()
            .setTag(tag)
            .setImage(
                Summary.Image.newBuilder()
                    .setWidth(width)
                    .setHeight(height)
                    .setColorspace(3)
                    .setEncodedImageString(ByteString.copyFrom(png))));
  }

  /** Writes Markdown under a tag. */
  void text(long step, String tag, String markdown) {
    write(
        step,
        Summary.Value.newBuilder()
            .setTag(tag)
            .setMetadata(
                SummaryMetadata.newBuilder()
                    .setPluginData(SummaryMetadata.PluginData.newBuilder().setPluginName("text")))
            .setTensor(
                TensorProto.newBuilder()
                    .setDtype(DataType.DT_STRING)
                    .setTensorShape(TensorShapeProto.getDefaultInstance())
                    .addStringVal(ByteString.copyFromUtf8(markdown))));
  }

  private void write(long step, Summary.Value.Builder value) {
    write(event().setStep(step).setSummary(Summary.newBuilder().addValue(value)));
  }

  private Event.Builder event() {
    Instant now = clock.instant();
    return Event.newBuilder().setWallTime(now.getEpochSecond() + now.getNano() / 1e9);
  }

  private void write(Event.Builder event) {
    try {
      Files.createDirectories(file.getParent());
      records.append(records.isEmpty() ? Bytes.concat(opening, framed(event)) : framed(event));
      if (failing) {
        warn.accept(file + " is written again");
      }
      failing = false;
    } catch (IOException e) {
      if (!failing) {
        warn.accept(
            "cannot write %s: %s; training goes on, TensorBoard will miss some of it"
                .formatted(file, IoFailures.reason(e)));
      }
      failing = true;
    }
  }

  private static byte[] framed(Event.Builder event) {
    return TfRecord.framed(event.build().toByteArray());
  }
}
