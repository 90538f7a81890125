package org.dinojvm.eval.video;

import static com.google.common.base.Preconditions.checkArgument;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;
import org.dinojvm.files.DurableFiles;

/** Writes pictures as one that moves, over and over. */
public final class AnimatedGif {

  /** GIF's unit of time: hundredths of a second. */
  private static final int UNITS_PER_SECOND = 100;

  /** Browsers show faster ones slowly. */
  private static final int MOST_PER_SECOND = 50;

  private AnimatedGif() {}

  /**
   * Writes a file; it appears whole or not at all.
   *
   * @param frames of one size, taken one after the other
   * @param perSecond frames that are shown in a second, at most 50
   */
  public static void write(Iterable<BufferedImage> frames, int perSecond, Path file)
      throws IOException {
    checkArgument(
        perSecond >= 1 && perSecond <= MOST_PER_SECOND,
        "%s frames in a second: 1 to %s are possible",
        perSecond,
        MOST_PER_SECOND);
    DurableFiles.write(file, out -> write(frames, UNITS_PER_SECOND / perSecond, out));
  }

  private static void write(Iterable<BufferedImage> frames, int delay, OutputStream out)
      throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("gif").next();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.prepareWriteSequence(null);
      for (BufferedImage frame : frames) {
        writer.writeToSequence(new IIOImage(frame, null, metadata(writer, frame, delay)), null);
      }
      writer.endWriteSequence();
    } finally {
      writer.dispose();
    }
  }

  private static IIOMetadata metadata(ImageWriter writer, BufferedImage frame, int delay)
      throws IOException {
    IIOMetadata metadata =
        writer.getDefaultImageMetadata(
            new ImageTypeSpecifier(frame), writer.getDefaultWriteParam());
    String format = metadata.getNativeMetadataFormatName();
    IIOMetadataNode root = (IIOMetadataNode) metadata.getAsTree(format);
    IIOMetadataNode control =
        (IIOMetadataNode) root.getElementsByTagName("GraphicControlExtension").item(0);
    control.setAttribute("disposalMethod", "none");
    control.setAttribute("userInputFlag", "FALSE");
    control.setAttribute("delayTime", Integer.toString(delay));
    IIOMetadataNode applications = new IIOMetadataNode("ApplicationExtensions");
    IIOMetadataNode loop = new IIOMetadataNode("ApplicationExtension");
    loop.setAttribute("applicationID", "NETSCAPE");
    loop.setAttribute("authenticationCode", "2.0");
    loop.setUserObject(new byte[] {1, 0, 0});
    applications.appendChild(loop);
    root.appendChild(applications);
    metadata.setFromTree(format, root);
    return metadata;
  }
}
