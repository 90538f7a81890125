package org.dinojvm.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.nio.file.Path;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.junit.jupiter.api.Test;

class LabelledPicturesTest {

  private static final Path TRAIN = Path.of("train");
  private static final Path VAL = Path.of("val");

  @Test
  void matchesClassesByName() {
    LabelledPictures train = labelled(TRAIN, ImmutableList.of("ant", "bee", "cat"), 0, 1, 2);
    LabelledPictures val = labelled(VAL, ImmutableList.of("bee", "cat"), 0, 1, 1);

    LabelledPictures matched = val.relabelledLike(train);

    assertEquals(ImmutableIntArray.of(1, 2, 2), matched.labels());
    assertEquals("cat", matched.className(2));
  }

  @Test
  void namesAClassThatTheTrainingFolderLacks() {
    LabelledPictures train = labelled(TRAIN, ImmutableList.of("ant", "bee"), 0, 1);
    LabelledPictures val = labelled(VAL, ImmutableList.of("bee", "dog"), 0, 1);
    assertEquals(
        "class \"dog\" of val is none of the classes of train: ant, bee",
        assertThrows(IllegalArgumentException.class, () -> val.relabelledLike(train)).getMessage());
  }

  @Test
  void aClassWithoutPicturesNeedsNoMatch() {
    LabelledPictures train = labelled(TRAIN, ImmutableList.of("ant", "bee"), 0, 1);
    LabelledPictures val = labelled(VAL, ImmutableList.of("bee", "empty"), 0);
    assertEquals(ImmutableIntArray.of(1), val.relabelledLike(train).labels());
  }

  @Test
  void leavesOutWhatLiesInNoClass() {
    LabelledPictures pictures = labelled(TRAIN, ImmutableList.of("ant"), ImageFolder.UNLABELLED, 0);
    assertEquals(1, pictures.pictures().size());
    assertEquals(TRAIN.resolve("1.png"), pictures.pictures().get(0).file());
  }

  @Test
  void refusesAFlatFolder() {
    assertEquals(
        "train has no classes: lay its pictures out as train/<class>/<picture>",
        assertThrows(
                IllegalArgumentException.class,
                () -> labelled(TRAIN, ImmutableList.of(), ImageFolder.UNLABELLED))
            .getMessage());
  }

  private static LabelledPictures labelled(
      Path root, ImmutableList<String> classes, int... labels) {
    ImmutableList.Builder<Picture> pictures = ImmutableList.builder();
    for (int i = 0; i < labels.length; i++) {
      pictures.add(new Picture(root.resolve(i + ".png"), labels[i], 8, 8));
    }
    return LabelledPictures.of(
        new ImageFolder(root, pictures.build(), classes, ImmutableList.of()));
  }
}
