package org.dinojvm.eval.linear;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.FeatureKind;
import org.dinojvm.eval.FeatureSpace;

/**
 * What linear classifiers see of pictures: the grid of recipes where the network has blocks of
 * tokens and nothing else is asked for; else the features that are asked for.
 *
 * @param recipes of the grid; one that is empty for plain features
 */
record ProbeInputs(EvaluationInputs in, List<Optional<FeatureRecipe>> recipes) {

  private static final int[] BLOCKS = {1, 4};

  static ProbeInputs of(EvaluationInputs in) {
    boolean grid =
        in.model().hasBlocks()
            && in.options().features() == FeatureKind.CLS
            && !in.options().whiten();
    List<Optional<FeatureRecipe>> recipes = new ArrayList<>();
    if (grid) {
      for (int blocks : BLOCKS) {
        recipes.add(Optional.of(new FeatureRecipe(blocks, false)));
        recipes.add(Optional.of(new FeatureRecipe(blocks, true)));
      }
    } else {
      recipes.add(Optional.empty());
    }
    return new ProbeInputs(in, recipes);
  }

  /** The inputs of pictures to learn from and of others, for each recipe [N, D]. */
  List<List<float[][]>> features(List<Picture> train, List<Picture> val) {
    if (recipes.get(0).isEmpty()) {
      FeatureSpace space = in.space(train);
      List<List<float[][]>> both = new ArrayList<>();
      both.add(one(space.index()));
      both.add(one(space.of(val)));
      return both;
    }
    return List.of(ofBlocks(in.blocks(train)), ofBlocks(in.blocks(val)));
  }

  private static List<float[][]> one(float[][] rows) {
    List<float[][]> list = new ArrayList<>();
    list.add(rows);
    return list;
  }

  private List<float[][]> ofBlocks(float[][][][] blocks) {
    return recipes.stream()
        .map(recipe -> Arrays.stream(blocks).map(recipe.get()::of).toArray(float[][]::new))
        .toList();
  }
}
