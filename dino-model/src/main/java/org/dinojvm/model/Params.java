package org.dinojvm.model;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;

/**
 * The weights of one network, by name. Asking for a name creates the weight the first time and
 * shares it afterwards, so the place that uses a weight also declares it, and the path of names is
 * the key in the checkpoint: {@code student.backbone.blocks.0.mlp.fc1.kernel}.
 *
 * <p>Student and teacher are two registries over one set of layer functions. A weight is a resource
 * variable; it is read once a step, however often it is used, and gradients are taken with respect
 * to that {@linkplain Variable#value() value}.
 */
public final class Params {

  /** Who updates a weight. */
  public enum Kind {
    /** The optimizer; the teacher's by EMA. */
    TRAINED,
    /** Nobody; the teacher's by EMA all the same: a last layer's g fixed at 1. */
    FIXED,
    /** The forward pass, in student and teacher each for itself: BatchNorm statistics. */
    STATE
  }

  /**
   * One weight.
   *
   * @param name full dotted name, also the key in checkpoints
   * @param shape static shape
   * @param handle the resource
   * @param stored the value read at the start of the step
   * @param value what networks compute with: what is stored, or what is {@linkplain #isDerived
   *     derived} from it
   * @param initialize op that assigns the initial value
   * @param kind who updates it
   */
  public record Variable(
      String name,
      Shape shape,
      VarHandleOp handle,
      Operand<TFloat32> stored,
      Operand<TFloat32> value,
      Op initialize,
      Kind kind) {

    /** Whether networks compute with another value than is stored; it is stored with the step. */
    public boolean isDerived() {
      return stored != value;
    }

    /**
     * Whether weight decay applies: to every tensor of two or more dimensions, biases and norms
     * excepted; class token and position embedding are decayed (published {@code
     * get_params_groups}).
     */
    public boolean decayed() {
      return shape.numDimensions() != 1 && !name.endsWith(".bias");
    }

    /** The name of the last part of the path. */
    public String leaf() {
      return name.substring(name.lastIndexOf('.') + 1);
    }
  }

  /** What all views of one registry share. */
  private static final class Registry {
    final Ops tf;
    final long seed;
    final String root;
    final Map<String, Variable> variables = new LinkedHashMap<>();
    final Map<String, Operand<TFloat32>> newStates = new LinkedHashMap<>();
    final Map<String, Initializer> fixed;
    Optional<UnaryOperator<Variable>> following = Optional.empty();
    Optional<Function<String, Operand<TFloat32>>> given = Optional.empty();

    Registry(Ops tf, String root, long seed, Map<String, Initializer> fixed) {
      this.tf = tf;
      this.root = root;
      this.seed = seed;
      this.fixed = fixed;
    }
  }

  private final Registry registry;
  private final String prefix;

  private Params(Registry registry, String prefix) {
    this.registry = registry;
    this.prefix = prefix;
  }

  /**
   * An empty registry.
   *
   * @param tf ops of the graph that will hold the weights
   * @param root first part of every name: {@code student} or {@code teacher}; empty for none
   * @param seed seed of the initial values; a weight's own seed adds its name below the root, so a
   *     student and a teacher of one seed start alike
   */
  public static Params create(Ops tf, String root, long seed) {
    return create(tf, root, seed, Map.of());
  }

  /**
   * An empty registry, some of whose weights keep their initial value.
   *
   * @param fixed the initial value by name below the root; those that no network asks for do not
   *     count
   */
  public static Params create(Ops tf, String root, long seed, Map<String, Initializer> fixed) {
    return new Params(new Registry(tf, root, seed, fixed), "");
  }

  /**
   * The same with a teacher that has followed already when its forward pass begins (MoCo v3): what
   * networks compute with is θ_t − (1 − m)(θ_t − θ_s), where the other registry has a weight θ_s of
   * the same name. What is asked for before is not affected.
   *
   * @param leader has its weights before this registry is asked for them
   * @param oneMinusMomentum 1 − m, scalar
   */
  public Params following(Params leader, Operand<TFloat32> oneMinusMomentum) {
    registry.following =
        Optional.of(
            follower ->
                leader
                    .find(relativeName(follower))
                    .map(weight -> followed(registry.tf, follower, weight, oneMinusMomentum))
                    .orElse(follower));
    return this;
  }

  private static Variable followed(
      Ops tf, Variable follower, Variable weight, Operand<TFloat32> oneMinusMomentum) {
    Operand<TFloat32> distance = tf.math.sub(follower.stored(), weight.stored());
    return derived(
        follower, tf.math.sub(follower.stored(), tf.math.mul(distance, oneMinusMomentum)));
  }

  private static Variable derived(Variable variable, Operand<TFloat32> value) {
    return new Variable(
        variable.name(),
        variable.shape(),
        variable.handle(),
        variable.stored(),
        value,
        variable.initialize(),
        variable.kind());
  }

  /**
   * A registry of weights that are there already, by name, such as the arguments of a function.
   *
   * @param tf ops of the graph that holds them
   * @param weights gives a weight by its name
   */
  static Params of(Ops tf, Function<String, Operand<TFloat32>> weights) {
    Registry registry = new Registry(tf, "", 0, Map.of());
    registry.given = Optional.of(weights);
    return new Params(registry, "");
  }

  /** A view one level down the path of names: {@code at("blocks").at("0")}. */
  public Params at(String child) {
    checkArgument(!child.isEmpty(), "a name part must not be empty");
    return new Params(registry, prefix.isEmpty() ? child : prefix + "." + child);
  }

  /** {@link #at(String)} for a numbered child. */
  public Params at(int child) {
    return at(Integer.toString(child));
  }

  /** The value of the trained weight {@code leaf}, created when new. */
  public Operand<TFloat32> get(String leaf, Shape shape, Initializer initializer) {
    return value(leaf, shape, initializer, Kind.TRAINED);
  }

  /**
   * The value of a trained weight that is brought into a form at the start of each step, such as
   * rows of length 1, created when new. No gradient flows through that: the optimizer changes what
   * came out of it.
   *
   * @param form of the weight's shape to the weight's shape
   */
  public Operand<TFloat32> get(
      String leaf, Shape shape, Initializer initializer, UnaryOperator<Operand<TFloat32>> form) {
    Variable variable = variable(leaf, shape, initializer, Kind.TRAINED);
    if (!variable.isDerived()) {
      variable = derived(variable, form.apply(variable.stored()));
      registry.variables.put(variable.name(), variable);
    }
    return variable.value();
  }

  /** A variable that goes with a weight, such as an optimizer's moment, created when new. */
  public Variable slot(String name, Shape shape, Initializer initializer) {
    return variable(name, shape, initializer, Kind.FIXED);
  }

  /**
   * The value of a weight that the optimizer leaves alone, created when new. One that {@link #get}
   * asks for, too, before or after, is trained.
   */
  public Operand<TFloat32> fixed(String leaf, Shape shape, Initializer initializer) {
    return value(leaf, shape, initializer, Kind.FIXED);
  }

  private Operand<TFloat32> value(String leaf, Shape shape, Initializer initializer, Kind kind) {
    return registry
        .given
        .map(weights -> weights.apply(fullName(leaf)))
        .orElseGet(() -> variable(leaf, shape, initializer, kind).value());
  }

  /**
   * The current value of a state that the forward pass itself moves on, such as a running mean:
   * what {@link #setState} last set in this graph, else the variable's value.
   */
  public Operand<TFloat32> state(String leaf, Shape shape, Initializer initializer) {
    Variable variable = variable(leaf, shape, initializer, Kind.STATE);
    return registry.newStates.getOrDefault(variable.name(), variable.value());
  }

  /** Sets what {@link #stateUpdates} will assign to a state when the step ends. */
  public void setState(String leaf, Operand<TFloat32> value) {
    String name = fullName(leaf);
    checkArgument(registry.variables.containsKey(name), "unknown state %s", name);
    registry.newStates.put(name, value);
  }

  /** Ops that store the states which the forward passes moved on. */
  public List<Op> stateUpdates() {
    List<Op> updates = new ArrayList<>();
    registry.newStates.forEach(
        (name, value) ->
            updates.add(
                registry.tf.assignVariableOp(registry.variables.get(name).handle(), value)));
    return updates;
  }

  /** The values of the weights below this level, by their names from here on. */
  Map<String, Operand<TFloat32>> values() {
    String start = fullName("");
    Map<String, Operand<TFloat32>> values = new LinkedHashMap<>();
    registry.variables.forEach(
        (name, variable) -> {
          if (name.startsWith(start + ".")) {
            values.put(name.substring(start.length() + 1), variable.value());
          }
        });
    return values;
  }

  /** All weights in order of creation. */
  public ImmutableList<Variable> variables() {
    return ImmutableList.copyOf(registry.variables.values());
  }

  /** The weights that the optimizer updates, in order of creation. */
  public ImmutableList<Variable> trainable() {
    return variables().stream()
        .filter(variable -> variable.kind() == Kind.TRAINED)
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * The weight of a name below the root.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Variable variable(String name) {
    Optional<Variable> variable = find(name);
    checkArgument(variable.isPresent(), "no weight is named %s", below(name));
    return variable.get();
  }

  /** The weight of a name below the root, if there is one. */
  public Optional<Variable> find(String name) {
    return Optional.ofNullable(registry.variables.get(below(name)));
  }

  private String below(String name) {
    return registry.root.isEmpty() ? name : registry.root + "." + name;
  }

  /** A weight's name without the root, alike in student and teacher. */
  public String relativeName(Variable variable) {
    return below(registry.root, variable.name());
  }

  private static String below(String root, String name) {
    return root.isEmpty() ? name : name.substring(root.length() + 1);
  }

  private Variable variable(String leaf, Shape shape, Initializer initializer, Kind kind) {
    String name = fullName(leaf);
    Variable known = registry.variables.get(name);
    if (known != null) {
      checkArgument(
          known.shape().equals(shape), "%s is %s, asked for as %s", name, known.shape(), shape);
      boolean heldOnly =
          known.kind() == Kind.FIXED && !registry.fixed.containsKey(below(registry.root, name));
      return kind == Kind.TRAINED && heldOnly ? trained(known) : known;
    }
    Variable created = create(name, shape, initializer, kind);
    if (kind != Kind.STATE && registry.following.isPresent()) {
      created = registry.following.get().apply(created);
    }
    registry.variables.put(name, created);
    return created;
  }

  /** A weight that is used by now, not only held. */
  private Variable trained(Variable held) {
    Variable trained =
        new Variable(
            held.name(),
            held.shape(),
            held.handle(),
            held.stored(),
            held.value(),
            held.initialize(),
            Kind.TRAINED);
    registry.variables.put(held.name(), trained);
    return trained;
  }

  private Variable create(String name, Shape shape, Initializer initializer, Kind kind) {
    Ops tf = registry.tf;
    // Without a shared name of its own, every variable would be the one resource named "".
    VarHandleOp handle =
        tf.withName(name).varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
    Operand<TFloat32> value = tf.withName(name + ".value").readVariableOp(handle, TFloat32.class);
    Initializer fixed = registry.fixed.get(below(registry.root, name));
    Op initialize =
        tf.assignVariableOp(
            handle,
            (fixed == null ? initializer : fixed)
                .value(tf, shape, new long[] {registry.seed, nameSeed(name)}));
    return new Variable(
        name, shape, handle, value, value, initialize, fixed == null ? kind : Kind.FIXED);
  }

  private long nameSeed(String name) {
    return Hashing.murmur3_128()
        .hashString(below(registry.root, name), StandardCharsets.UTF_8)
        .asLong();
  }

  private String fullName(String leaf) {
    StringBuilder name = new StringBuilder();
    for (String part : new String[] {registry.root, prefix, leaf}) {
      if (!part.isEmpty()) {
        name.append(name.isEmpty() ? "" : ".").append(part);
      }
    }
    return name.toString();
  }
}
