package org.dinojvm.weights.torch;

import static com.google.common.base.Preconditions.checkArgument;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.weights.DType;
import org.dinojvm.weights.FileBytes;

/**
 * A Python pickle of plain values: maps, lists, text, numbers and numpy arrays of numbers, as data
 * sets keep their lists in. Nothing in it is run; what is not plain is refused by name.
 */
public final class PlainPickle {

  private static final int MAX_BYTES = 64 << 20;

  private PlainPickle() {}

  /**
   * Reads a file.
   *
   * @return null, Boolean, Long, Double, String, byte[], List, Map or Set; of a numpy array the
   *     list of its numbers
   * @throws IllegalArgumentException naming the file and what is wrong with it
   */
  public static Object read(Path file) {
    return FileBytes.parse(
        file,
        bytes -> {
          checkArgument(
              bytes.size() <= MAX_BYTES,
              "%s bytes are more than a pickle of plain values may have: %s",
              bytes.size(),
              MAX_BYTES);
          return Unpickler.load(bytes.slice(0, bytes.size()), new PlainGlobals());
        });
  }

  /** Scalars and types are read as in a checkpoint; numpy arrays besides. */
  private static final class PlainGlobals implements Unpickler.Globals {
    private final TorchGlobals scalars = new TorchGlobals();

    @Override
    public Object find(String name) {
      return switch (name) {
        case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct" ->
            (Unpickler.Constructor) arguments -> new ArrayList<Object>();
        case "numpy.ndarray" -> name;
        default -> scalars.find(name);
      };
    }

    @Override
    public Object persistent(Object id) {
      throw new IllegalArgumentException("refers to data outside of itself, which is not read");
    }

    /** An array's state: version, shape, type, whether by column, bytes. */
    @Override
    public void build(Object object, Object state) {
      if (!(object instanceof ArrayList<?>)) {
        scalars.build(object, state);
        return;
      }
      checkArgument(
          state instanceof List<?> parts
              && parts.size() == 5
              && parts.get(2) instanceof TorchGlobals.NumpyType
              && parts.get(4) instanceof byte[],
          "damaged: the state of a numpy array is not its shape, type and bytes");
      List<?> parts = (List<?>) state;
      DType dtype = TorchGlobals.numpyElements(((TorchGlobals.NumpyType) parts.get(2)).code());
      byte[] bytes = (byte[]) parts.get(4);
      @SuppressWarnings("unchecked") // made above, with Object elements
      ArrayList<Object> values = (ArrayList<Object>) object;
      ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      for (int at = 0; at + dtype.bytes() <= bytes.length; at += dtype.bytes()) {
        values.add(TorchGlobals.element(dtype, data, at));
      }
    }
  }
}
