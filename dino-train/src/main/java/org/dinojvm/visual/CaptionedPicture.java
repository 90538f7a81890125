package org.dinojvm.visual;

import java.nio.file.Path;

/**
 * A picture file and what is written beside it.
 *
 * @param title short, set bold: a class
 * @param subtitle set pale under it: a file's name
 */
public record CaptionedPicture(Path file, String title, String subtitle) {}
