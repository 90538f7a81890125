package org.dinojvm.train.preset;

import com.google.common.collect.ImmutableList;

/**
 * Networks and crops from small to large, for pictures of a size. A larger one is worth its time
 * only if it sees many pictures: the quickstart's network passes raw pixels after some 40,000
 * pictures ({@code docs/quickstart.md}), ViT-S/16 was published with 128 million.
 *
 * @param rungs the smallest first
 */
public record NetworkLadder(ImmutableList<Rung> rungs) {

  /**
   * A network with its crops and rate.
   *
   * @param wanted pictures that it should see, repeated ones counted, to be chosen
   * @param choices its settings
   */
  public record Rung(long wanted, ImmutableList<Choice> choices) {}

  /** What the rungs below ViT-S share: small networks at the quickstart's rate. */
  private record Small(int embedDim, int depth, int heads, double lr) {}

  private static final Small FIRST = new Small(128, 4, 4, 0.006);
  private static final Small SECOND = new Small(192, 6, 3, 0.004);
  private static final Small THIRD = new Small(192, 12, 3, 0.002);

  /** Each rung wants more pictures than the one below. */
  private static final long SECOND_WANTS = 500_000;

  private static final long THIRD_WANTS = 2_000_000;
  private static final long LAST_WANTS = 10_000_000;

  /**
   * The ladder.
   *
   * @param shorterSide of the pictures, in pixels, their median
   */
  public static NetworkLadder forPictures(int shorterSide) {
    if (shorterSide < 40) {
      return new NetworkLadder(
          ImmutableList.of(
              small(0, FIRST, 4, 32, 16),
              small(SECOND_WANTS, SECOND, 4, 32, 16),
              small(THIRD_WANTS, THIRD, 4, 32, 16)));
    } else if (shorterSide < 160) {
      return new NetworkLadder(
          ImmutableList.of(
              small(0, FIRST, 8, 48, 24),
              small(SECOND_WANTS, SECOND, 8, 64, 32),
              small(
                  THIRD_WANTS, THIRD, 8, shorterSide < 80 ? 64 : 96, shorterSide < 80 ? 32 : 48)));
    }
    return new NetworkLadder(
        ImmutableList.of(
            small(0, FIRST, 8, 64, 32),
            small(SECOND_WANTS, SECOND, 8, 96, 48),
            small(THIRD_WANTS, THIRD, 8, 112, 48),
            new Rung(LAST_WANTS, ImmutableList.of())));
  }

  private static Rung small(long wanted, Small network, int patch, int global, int local) {
    String reason = "learns fast from few pictures";
    String size = "for pictures of this size";
    return new Rung(
        wanted,
        ImmutableList.of(
            new Choice("arch", "vit_tiny", reason),
            new Choice("embed_dim", Integer.toString(network.embedDim), reason),
            new Choice("depth", Integer.toString(network.depth), reason),
            new Choice("num_heads", Integer.toString(network.heads), reason),
            new Choice("stem", "convolutional", "small networks learn faster with it"),
            new Choice("drop_path_rate", "0", "for small networks"),
            new Choice("head_hidden_dim", "512", "for small networks"),
            new Choice("head_bottleneck_dim", "128", "for small networks"),
            new Choice("contrastive_weight", "0.3", "learns faster from few pictures"),
            new Choice("projection_hidden_dim", "512", "for small networks"),
            new Choice("projection_dim", "128", "for small networks"),
            new Choice("batch_size_per_gpu", "32", "more steps in the time"),
            new Choice("lr", Double.toString(network.lr), "for small networks and batches"),
            new Choice("weight_decay_end", "0.1", "for short runs"),
            new Choice("patch_size", Integer.toString(patch), size),
            new Choice("global_crops_size", Integer.toString(global), size),
            new Choice("local_crops_size", Integer.toString(local), size),
            new Choice(
                "eval_resize_size",
                Integer.toString(global < 112 ? global : 128),
                "goes with the crops"),
            new Choice("eval_crop_size", Integer.toString(global), "goes with the crops"),
            new Choice("local_crops_number", "4", "half as many as published, in half the time")));
  }
}
