package org.dinojvm.weights.torch;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.dinojvm.weights.DType;
import org.dinojvm.weights.Messages;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.torch.Unpickler.Constructor;

/**
 * The Python names that a PyTorch file may use: tensors, storages and plain containers. Everything
 * else is refused by name, so this list is what keeps a file from running anything.
 */
final class TorchGlobals implements Unpickler.Globals {
  private static final int MAX_COPIED = 1_000_000;

  private final ImmutableMap<String, Object> allowed = allowed();
  private final Map<String, TorchStorage> storages = new HashMap<>();
  private int copied;

  /** The storages that the pickle named, by their key. */
  Map<String, TorchStorage> storages() {
    return storages;
  }

  /** An argparse.Namespace: a map that gets its content as state. */
  record Namespace(Map<Object, Object> attributes) {}

  /** A numpy dtype, of scalars only. */
  record NumpyType(String code) {}

  private ImmutableMap<String, Object> allowed() {
    ImmutableMap.Builder<String, Object> names = ImmutableMap.builder();
    // A storage's class is read as its element type, and a dtype or a plain class as its name.
    names.put("torch.DoubleStorage", DType.F64);
    names.put("torch.FloatStorage", DType.F32);
    names.put("torch.HalfStorage", DType.F16);
    names.put("torch.BFloat16Storage", DType.BF16);
    names.put("torch.LongStorage", DType.I64);
    names.put("torch.IntStorage", DType.I32);
    names.put("torch.ShortStorage", DType.I16);
    names.put("torch.CharStorage", DType.I8);
    names.put("torch.ByteStorage", DType.U8);
    names.put("torch.BoolStorage", DType.BOOL);
    for (String dtype :
        List.of("float64", "float32", "float16", "bfloat16", "int64", "int32", "uint8", "bool")) {
      names.put("torch." + dtype, "torch." + dtype);
    }
    put(names, "torch._utils._rebuild_tensor", TorchGlobals::tensor);
    put(names, "torch._utils._rebuild_tensor_v2", TorchGlobals::tensor);
    put(
        names,
        "torch._utils._rebuild_parameter",
        arguments -> argument(arguments, 0, Object.class));
    put(names, "torch.Size", arguments -> argument(arguments, 0, List.class));
    put(names, "torch.device", this::device);
    put(names, "collections.OrderedDict", this::orderedDict);
    put(names, "argparse.Namespace", arguments -> new Namespace(new LinkedHashMap<>()));
    for (String builtins : List.of("builtins", "__builtin__")) {
      put(names, builtins + ".set", this::set);
      put(names, builtins + ".frozenset", this::set);
    }
    put(names, "pathlib.PosixPath", this::path);
    put(names, "_codecs.encode", this::encode);
    put(names, "numpy.dtype", arguments -> new NumpyType(argument(arguments, 0, String.class)));
    put(names, "numpy.core.multiarray.scalar", TorchGlobals::numpyScalar);
    put(names, "numpy._core.multiarray.scalar", TorchGlobals::numpyScalar);
    return names.buildOrThrow();
  }

  private static void put(
      ImmutableMap.Builder<String, Object> names, String name, Constructor constructor) {
    names.put(name, constructor);
  }

  @Override
  public Object find(String name) {
    Object value = allowed.get(name);
    checkArgument(
        value != null,
        "refused: it asks to call %s; only tensors and plain containers are read, and no code is run",
        Messages.printable(name));
    return value;
  }

  /** A storage: ("storage", class, key, device, number of elements). */
  @Override
  public Object persistent(Object id) {
    checkArgument(
        id instanceof List<?> list && list.size() >= 5 && "storage".equals(list.get(0)),
        "damaged: a reference to data that is not a storage");
    List<?> parts = (List<?>) id;
    checkArgument(
        parts.size() == 5 || parts.get(5) == null,
        "views of storages, from PyTorch before 0.4, are not read; save the file again");
    String key = argument(parts, 2, String.class);
    DType dtype = argument(parts, 1, DType.class);
    long elements = argument(parts, 4, Long.class);
    TorchStorage storage =
        storages.computeIfAbsent(key, name -> new TorchStorage(name, dtype, elements));
    checkArgument(
        storage.dtype() == dtype && storage.elements() == elements,
        "damaged: storage %s is described in two ways",
        Messages.printable(key));
    return storage;
  }

  @Override
  public void build(Object object, Object state) {
    if (object instanceof Namespace namespace) {
      checkArgument(state instanceof Map, "damaged: the state of a Namespace is not a map");
      charge(((Map<?, ?>) state).size());
      namespace.attributes.putAll((Map<?, ?>) state);
    } else if (object instanceof NumpyType) {
      checkArgument(
          state instanceof List<?> parts && parts.size() > 1 && !">".equals(parts.get(1)),
          "big-endian numpy numbers are not read");
    } else {
      // An OrderedDict's attributes: PyTorch keeps module versions there, which nobody needs here.
      checkArgument(object instanceof Map, "damaged: the pickle gives state to a plain value");
    }
  }

  // --------------------------------------------------------- constructors

  /** (storage, offset, shape, strides, …): what follows is about gradients. */
  private static Object tensor(List<Object> arguments) {
    return new TorchStorage.View(
        argument(arguments, 0, TorchStorage.class),
        argument(arguments, 1, Long.class),
        sizes(argument(arguments, 2, List.class)),
        sizes(argument(arguments, 3, List.class)));
  }

  private String device(List<Object> arguments) {
    return text(arguments, ":");
  }

  private Object orderedDict(List<Object> arguments) {
    LinkedHashMap<Object, Object> map = new LinkedHashMap<>();
    for (Object pair : arguments.isEmpty() ? List.of() : copied(arguments)) {
      checkArgument(
          pair instanceof List<?> list && list.size() == 2,
          "damaged: an OrderedDict is made of something other than pairs");
      map.put(Unpickler.requireKey(((List<?>) pair).get(0)), ((List<?>) pair).get(1));
    }
    return map;
  }

  private Object set(List<Object> arguments) {
    LinkedHashSet<Object> set = new LinkedHashSet<>();
    for (Object element : arguments.isEmpty() ? List.of() : copied(arguments)) {
      set.add(Unpickler.requireKey(element));
    }
    return set;
  }

  private String path(List<Object> parts) {
    String path = text(parts, "/");
    return path.startsWith("//") ? path.substring(1) : path;
  }

  /** Protocol 2 has no bytes, and writes text to be encoded. */
  private Object encode(List<Object> arguments) {
    String text = argument(arguments, 0, String.class);
    checkArgument(
        "latin1".equals(argument(arguments, 1, String.class)), "only latin1 bytes are read");
    charge(text.length());
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static Object numpyScalar(List<Object> arguments) {
    String code = argument(arguments, 0, NumpyType.class).code;
    DType dtype = numpyElements(code);
    byte[] bytes = argument(arguments, 1, byte[].class);
    checkArgument(
        bytes.length == dtype.bytes(), "damaged: a numpy %s of %s bytes", code, bytes.length);
    return element(dtype, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), 0);
  }

  /** What a numpy type of numbers holds. */
  static DType numpyElements(String code) {
    return switch (code) {
      case "f8" -> DType.F64;
      case "f4" -> DType.F32;
      case "f2" -> DType.F16;
      case "i8" -> DType.I64;
      case "i4" -> DType.I32;
      case "u1" -> DType.U8;
      case "b1" -> DType.BOOL;
      default ->
          throw new IllegalArgumentException(
              "numpy scalars of type " + Messages.printable(code) + " are not read");
    };
  }

  /** A Double, Long or Boolean. */
  static Object element(DType dtype, ByteBuffer data, int position) {
    return switch (dtype) {
      case F64, F32, F16, BF16 -> (Object) dtype.readDouble(data, position);
      case I64, I32, I16, I8, U8 -> (Object) dtype.readLong(data, position);
      case BOOL -> (Object) (dtype.readLong(data, position) != 0);
    };
  }

  // ------------------------------------------------------------ arguments

  private static <T> T argument(List<?> arguments, int index, Class<T> type) {
    checkArgument(
        index < arguments.size() && type.isInstance(arguments.get(index)),
        "damaged: argument %s of a call is not a %s",
        index + 1,
        type.getSimpleName());
    return type.cast(arguments.get(index));
  }

  private static ImmutableLongArray sizes(List<?> values) {
    Weight.requireRank(values.size());
    ImmutableLongArray.Builder sizes = ImmutableLongArray.builder();
    for (int i = 0; i < values.size(); i++) {
      sizes.add(argument(values, i, Long.class));
    }
    return sizes.build();
  }

  /** Joins plain values; a container's text could be exponentially longer than the file. */
  private String text(List<Object> parts, String separator) {
    StringJoiner text = new StringJoiner(separator);
    for (Object part : parts) {
      checkArgument(
          part instanceof String || part instanceof Long, "damaged: a text is made of a container");
      String plain = part.toString();
      charge(plain.length());
      text.add(plain);
    }
    return text.toString();
  }

  private Collection<?> copied(List<Object> arguments) {
    Collection<?> values = argument(arguments, 0, Collection.class);
    charge(values.size());
    return values;
  }

  /** Keeps a small file from copying one large value over and over. */
  private void charge(int elements) {
    copied = Math.addExact(copied, elements);
    checkArgument(copied <= MAX_COPIED, "the pickle copies over %s elements", MAX_COPIED);
  }
}
