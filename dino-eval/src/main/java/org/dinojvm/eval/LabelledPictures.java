package org.dinojvm.eval;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.nio.file.Path;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;

/**
 * Pictures whose classes are known.
 *
 * @param root the folder that they come from
 * @param labels for each picture, an index into the classes
 */
public record LabelledPictures(
    Path root,
    ImmutableList<Picture> pictures,
    ImmutableIntArray labels,
    ImmutableList<String> classes) {

  /**
   * The pictures of a folder that lie in a class's sub-folder.
   *
   * @throws IllegalArgumentException if none does
   */
  public static LabelledPictures of(ImageFolder folder) {
    ImmutableList.Builder<Picture> pictures = ImmutableList.builder();
    ImmutableIntArray.Builder labels = ImmutableIntArray.builder();
    for (Picture picture : folder.pictures()) {
      if (picture.label() != ImageFolder.UNLABELLED) {
        pictures.add(picture);
        labels.add(picture.label());
      }
    }
    ImmutableIntArray known = labels.build();
    checkArgument(
        !known.isEmpty(),
        "%s has no classes: lay its pictures out as %s/<class>/<picture>",
        folder.root(),
        folder.root());
    return new LabelledPictures(folder.root(), pictures.build(), known, folder.classes());
  }

  /** The name of a picture's class. */
  public String className(int picture) {
    return classes.get(labels.get(picture));
  }

  /**
   * The same pictures with the labels of another folder, matched by the classes' names.
   *
   * @throws IllegalArgumentException naming a class that the other folder lacks
   */
  public LabelledPictures relabelledLike(LabelledPictures other) {
    ImmutableIntArray.Builder matched = ImmutableIntArray.builder(pictures.size());
    for (int picture = 0; picture < pictures.size(); picture++) {
      String name = className(picture);
      int label = other.classes.indexOf(name);
      checkArgument(
          label >= 0,
          "class \"%s\" of %s is none of the classes of %s: %s",
          name,
          root,
          other.root,
          String.join(", ", other.classes));
      matched.add(label);
    }
    return new LabelledPictures(root, pictures, matched.build(), other.classes);
  }
}
