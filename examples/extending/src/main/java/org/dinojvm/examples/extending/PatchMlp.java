package org.dinojvm.examples.extending;

import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Layers;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.family.BackboneFamily;
import org.dinojvm.model.family.BackboneSettings;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A bag of patches: each goes through the same MLP, and their mean is the picture's features. It
 * learns little, but has all that a backbone has.
 *
 * <p>Letters in shapes: B pictures, H × W pixels, h × w patches, D features.
 *
 * @param patchSize side of a patch in pixels
 * @param embedDim D
 */
public record PatchMlp(int patchSize, int embedDim) implements Backbone {

  /** {@code --arch patch_mlp}. */
  public static final class Family implements BackboneFamily {
    private static final String ARCH = "patch_mlp";
    private static final int EMBED_DIM = 64;

    @Override
    public String name() {
      return ARCH;
    }

    @Override
    public ImmutableMap<String, String> archs() {
      return ImmutableMap.of(ARCH, ARCH);
    }

    @Override
    public void validate(BackboneSettings settings) {
      require(
          settings.depth() == 0, "depth", settings.depth(), "patch_mlp has none; leave it at 0");
    }

    @Override
    public int stride(BackboneSettings settings) {
      return settings.patchSize();
    }

    @Override
    public Backbone create(BackboneSettings settings, int imageSize) {
      int embedDim = settings.embedDim() == 0 ? EMBED_DIM : settings.embedDim();
      return new PatchMlp(settings.patchSize(), embedDim);
    }

    @Override
    public ImmutableMap<String, Integer> facts(BackboneSettings settings) {
      return ImmutableMap.of("patch_size", settings.patchSize());
    }

    @Override
    public Optional<Recognized> recognize(Map<String, Shape> weights) {
      Shape kernel = weights.get("patch_mlp.fc1.weight"); // [D, 3·patch²]
      if (kernel == null) {
        return Optional.empty();
      }
      int patchSize = (int) Math.round(Math.sqrt(kernel.get(1) / 3.0));
      int embedDim = (int) kernel.get(0);
      return Optional.of(
          new Recognized(
              ImmutableMap.of("arch", ARCH, "patch_size", patchSize, "embed_dim", embedDim),
              embedDim,
              0,
              false));
    }
  }

  @Override
  public int stride() {
    return patchSize;
  }

  @Override
  public long macs(int side) {
    long patches = (long) (side / patchSize) * (side / patchSize);
    return patches * ((long) pixels() * embedDim + (long) embedDim * embedDim);
  }

  private int pixels() {
    return 3 * patchSize * patchSize;
  }

  @Override
  public Pass forward(Ops tf, Params p, Operand<TFloat32> images, Mode mode) {
    Params mlp = p.at("patch_mlp");
    Operand<TFloat32> patches = // [B, h, w, 3·patch²]
        tf.nn.spaceToDepth(images, (long) patchSize);
    Operand<TFloat32> rows = tf.reshape(patches, tf.constant(new int[] {-1, pixels()}));
    Operand<TFloat32> hidden =
        Layers.gelu(tf, Layers.linear(tf, mlp.at("fc1"), rows, pixels(), embedDim));
    Operand<TFloat32> out = Layers.linear(tf, mlp.at("fc2"), hidden, embedDim, embedDim);
    Operand<TFloat32> byPicture = // [B, h·w, D]
        tf.reshape(
            out, tf.stack(List.of(batch(tf, images), tf.constant(-1), tf.constant(embedDim))));
    return () -> tf.math.mean(byPicture, tf.constant(1));
  }

  private static Operand<TInt32> batch(Ops tf, Operand<TFloat32> images) {
    return tf.reshape(
        tf.slice(tf.shape(images), tf.constant(new int[] {0}), tf.constant(new int[] {1})),
        tf.constant(new int[0]));
  }
}
