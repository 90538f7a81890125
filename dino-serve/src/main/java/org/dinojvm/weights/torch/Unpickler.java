package org.dinojvm.weights.torch;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.primitives.Bytes;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads one Python pickle as data. A pickle is a program for a small stack machine that may name
 * and call any Python function; this machine knows only the names that its {@link Globals} allow,
 * so nothing from the file is ever run.
 *
 * <p>Opcodes are those of protocols 2 to 5 that {@code torch.save} writes; see Python's {@code
 * pickletools}. The number of operations is bounded, and so is the memory that a file can take.
 *
 * <p>Values: null, Boolean, Long, BigInteger, Double, String, {@code byte[]}, mutable List, Map and
 * Set, unmodifiable List for tuples, and what the globals construct.
 */
final class Unpickler {

  /** What a pickle may refer to outside of itself. */
  interface Globals {

    /**
     * The value of a name.
     *
     * @param name module and name, e.g. {@code collections.OrderedDict}
     * @throws IllegalArgumentException for a name that is not allowed
     */
    Object find(String name);

    /** The object behind a persistent id; {@code torch.save} keeps storages that way. */
    Object persistent(Object id);

    /** Gives an object its state ({@code __setstate__}). */
    void build(Object object, Object state);
  }

  /** A class or function that a pickle may call. */
  interface Constructor {
    Object construct(List<Object> arguments);
  }

  private static final int MAX_PROTOCOL = 5;
  private static final int MAX_OPERATIONS = 4_000_000;
  private static final int MAX_NUMBER_BYTES = 256;

  private final ByteBuffer in;
  private final Globals globals;
  private final List<Object> stack = new ArrayList<>();
  private final Deque<Integer> marks = new ArrayDeque<>();
  private final Map<Long, Object> memo = new HashMap<>();

  private Unpickler(ByteBuffer in, Globals globals) {
    this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    this.globals = globals;
  }

  /** Reads one pickle and leaves the buffer behind it. */
  static Object load(ByteBuffer in, Globals globals) {
    try {
      return new Unpickler(in, globals).run();
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("truncated: the pickle ends before its stop sign", e);
    }
  }

  private Object run() {
    for (int i = 0; i < MAX_OPERATIONS; i++) {
      int opcode = Byte.toUnsignedInt(in.get());
      if (opcode == '.') {
        return pop();
      }
      execute(opcode);
    }
    throw new IllegalArgumentException(
        "the pickle has over %d operations, more than any checkpoint needs"
            .formatted(MAX_OPERATIONS));
  }

  private void execute(int opcode) {
    switch (opcode) {
      case 0x80 -> requireProtocol(Byte.toUnsignedInt(in.get())); // PROTO
      case 0x95 -> in.getLong(); // FRAME

      case '(' -> marks.push(stack.size()); // MARK
      case '0' -> pop(); // POP
      case '1' -> popToMark(); // POP_MARK
      case '2' -> push(top()); // DUP

      case 'N' -> push(null); // NONE
      case 0x88 -> push(true); // NEWTRUE
      case 0x89 -> push(false); // NEWFALSE
      case 'J' -> push((long) in.getInt()); // BININT
      case 'K' -> push((long) unsignedByte()); // BININT1
      case 'M' -> push((long) Short.toUnsignedInt(in.getShort())); // BININT2
      case 0x8a -> push(number(unsignedByte())); // LONG1
      case 0x8b -> push(number(unsignedInt())); // LONG4
      case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(in.getLong()))); // BINFLOAT

      case 'X' -> push(text(unsignedInt(), StandardCharsets.UTF_8)); // BINUNICODE
      case 0x8c -> push(text(unsignedByte(), StandardCharsets.UTF_8)); // SHORT_BINUNICODE
      case 0x8d -> push(text(in.getLong(), StandardCharsets.UTF_8)); // BINUNICODE8
      case 'T' -> push(text(unsignedInt(), StandardCharsets.ISO_8859_1)); // BINSTRING
      case 'U' -> push(text(unsignedByte(), StandardCharsets.ISO_8859_1)); // SHORT_BINSTRING
      case 'B' -> push(bytes(unsignedInt())); // BINBYTES
      case 'C' -> push(bytes(unsignedByte())); // SHORT_BINBYTES
      case 0x8e, 0x96 -> push(bytes(in.getLong())); // BINBYTES8, BYTEARRAY8

      case ')' -> push(List.of()); // EMPTY_TUPLE
      case 0x85 -> push(tuple(popLast(1))); // TUPLE1
      case 0x86 -> push(tuple(popLast(2))); // TUPLE2
      case 0x87 -> push(tuple(popLast(3))); // TUPLE3
      case 't' -> push(tuple(popToMark())); // TUPLE

      case ']' -> push(new ArrayList<>()); // EMPTY_LIST
      case 'l' -> push(popToMark()); // LIST
      case 'a' -> addAll(popLast(1)); // APPEND
      case 'e' -> addAll(popToMark()); // APPENDS

      case '}' -> push(new LinkedHashMap<>()); // EMPTY_DICT
      case 'd' -> push(putAll(new LinkedHashMap<>(), popToMark())); // DICT
      case 's' -> setItems(popLast(2)); // SETITEM
      case 'u' -> setItems(popToMark()); // SETITEMS

      case 0x8f -> push(new LinkedHashSet<>()); // EMPTY_SET
      case 0x90 -> addAll(popToMark()); // ADDITEMS
      case 0x91 -> push(set(popToMark())); // FROZENSET

      case 'q' -> memo.put((long) unsignedByte(), top()); // BINPUT
      case 'r' -> memo.put(unsignedInt(), top()); // LONG_BINPUT
      case 0x94 -> memo.put((long) memo.size(), top()); // MEMOIZE
      case 'h' -> push(recall(unsignedByte())); // BINGET
      case 'j' -> push(recall(unsignedInt())); // LONG_BINGET

      case 'c' -> push(globals.find(line() + "." + line())); // GLOBAL
      case 0x93 -> push(stackGlobal()); // STACK_GLOBAL
      case 'i' -> push(call(globals.find(line() + "." + line()), popToMark())); // INST
      case 'R', 0x81 -> push(call()); // REDUCE, NEWOBJ
      case 'b' -> build(); // BUILD
      case 'Q' -> push(globals.persistent(pop())); // BINPERSID

      default ->
          throw new IllegalArgumentException(
              "damaged, or no checkpoint: pickle operation 0x%02x at byte %d is not one that torch writes"
                  .formatted(opcode, in.position() - 1));
    }
  }

  // ---------------------------------------------------------------- stack

  private void push(Object value) {
    stack.add(value);
  }

  private Object top() {
    requireOnStack(1);
    return stack.get(stack.size() - 1);
  }

  private Object pop() {
    requireOnStack(1);
    return stack.remove(stack.size() - 1);
  }

  private List<Object> popLast(int count) {
    requireOnStack(count);
    return popFrom(stack.size() - count);
  }

  private List<Object> popToMark() {
    checkArgument(!marks.isEmpty(), "damaged: the pickle closes a group that it never opened");
    return popFrom(marks.pop());
  }

  private List<Object> popFrom(int start) {
    List<Object> last = stack.subList(start, stack.size());
    List<Object> values = new ArrayList<>(last);
    last.clear();
    return values;
  }

  private void requireOnStack(int count) {
    int available = stack.size() - (marks.isEmpty() ? 0 : marks.peek());
    checkArgument(available >= count, "damaged: the pickle uses a value that it never gave");
  }

  private Object recall(long key) {
    checkArgument(memo.containsKey(key), "damaged: the pickle recalls value %s, never stored", key);
    return memo.get(key);
  }

  // ----------------------------------------------------------- containers

  private static List<Object> tuple(List<Object> values) {
    return Collections.unmodifiableList(values);
  }

  private static Set<Object> set(List<Object> values) {
    values.forEach(Unpickler::requireKey);
    return new LinkedHashSet<>(values);
  }

  private void addAll(List<Object> values) {
    Object target = top();
    checkArgument(
        target instanceof ArrayList || target instanceof LinkedHashSet,
        "damaged: the pickle adds items to no list or set");
    @SuppressWarnings("unchecked") // every list and set here is made with Object elements
    Collection<Object> collection = (Collection<Object>) target;
    collection.addAll(target instanceof Set ? set(values) : values);
  }

  private void setItems(List<Object> keysAndValues) {
    Object target = top();
    checkArgument(
        target instanceof LinkedHashMap<?, ?>, "damaged: the pickle sets items of no map");
    @SuppressWarnings("unchecked") // every map here is made as Map<Object, Object>
    Map<Object, Object> map = (Map<Object, Object>) target;
    putAll(map, keysAndValues);
  }

  private static Map<Object, Object> putAll(Map<Object, Object> map, List<Object> keysAndValues) {
    checkArgument(keysAndValues.size() % 2 == 0, "damaged: the pickle sets a key without a value");
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      map.put(requireKey(keysAndValues.get(i)), keysAndValues.get(i + 1));
    }
    return map;
  }

  /** Keys are plain values: hashing them is cheap and cannot recurse. */
  static Object requireKey(Object key) {
    checkArgument(
        key == null || key instanceof String || key instanceof Number || key instanceof Boolean,
        "a key of a map or set is a %s; only text, numbers and None are read",
        key == null ? "None" : key.getClass().getSimpleName());
    return key;
  }

  // ---------------------------------------------------------------- calls

  private Object stackGlobal() {
    List<Object> names = popLast(2);
    checkArgument(
        names.get(0) instanceof String && names.get(1) instanceof String,
        "damaged: the pickle names a function by something other than text");
    return globals.find(names.get(0) + "." + names.get(1));
  }

  private Object call() {
    Object arguments = pop();
    checkArgument(arguments instanceof List, "damaged: the pickle calls without arguments");
    return call(pop(), (List<?>) arguments);
  }

  private static Object call(Object function, List<?> arguments) {
    checkArgument(
        function instanceof Constructor, "damaged: the pickle calls what is not a function");
    return ((Constructor) function).construct(Collections.unmodifiableList(arguments));
  }

  private void build() {
    Object state = pop();
    globals.build(top(), state);
  }

  // ------------------------------------------------------------ primitives

  private static void requireProtocol(int protocol) {
    checkArgument(
        protocol <= MAX_PROTOCOL,
        "pickle protocol %s is unknown; protocols up to %s are read",
        protocol,
        MAX_PROTOCOL);
  }

  private int unsignedByte() {
    return Byte.toUnsignedInt(in.get());
  }

  private long unsignedInt() {
    return Integer.toUnsignedLong(in.getInt());
  }

  private byte[] bytes(long length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[(int) length];
    in.get(bytes);
    return bytes;
  }

  private String text(long length, Charset charset) {
    return new String(bytes(length), charset);
  }

  private String line() {
    int start = in.position();
    while (in.get() != '\n') {}
    int length = in.position() - 1 - start;
    byte[] bytes = new byte[length];
    in.get(start, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** A little-endian two's complement number: a Long if it fits, else a BigInteger. */
  private Object number(long length) {
    checkArgument(
        length <= MAX_NUMBER_BYTES,
        "a number of %s bytes is over the limit of %s",
        length,
        MAX_NUMBER_BYTES);
    byte[] bigEndian = bytes(length);
    Collections.reverse(Bytes.asList(bigEndian));
    BigInteger number = length == 0 ? BigInteger.ZERO : new BigInteger(bigEndian);
    return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
  }
}
