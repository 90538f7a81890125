package org.dinojvm.train.run;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;

/**
 * What a run was trained on, in short.
 *
 * @param pictures how many there are
 * @param sha256 of their names, as seen from the folder, and sizes in bytes, in the order of
 *     training
 */
public record PictureSet(long pictures, String sha256) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The set of a folder, wherever it lies. */
  public static PictureSet of(ImageFolder folder) throws IOException {
    Hasher hasher = Hashing.sha256().newHasher();
    for (Picture picture : folder.pictures()) {
      for (Path name : folder.root().relativize(picture.file())) {
        hasher.putString(name.toString(), UTF_8).putChar('/');
      }
      hasher.putLong(Files.size(picture.file()));
    }
    return new PictureSet(folder.pictures().size(), hasher.hash().toString());
  }

  static PictureSet read(Path file) throws IOException {
    try {
      return JSON.readValue(Files.readString(file), PictureSet.class);
    } catch (JsonProcessingException e) {
      checkArgument(false, "%s is damaged; delete it, if the pictures are still the same", file);
      throw e;
    }
  }

  String toJson() throws JsonProcessingException {
    return JSON.writeValueAsString(this);
  }
}
