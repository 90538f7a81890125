package org.dinojvm.visual;

import org.dinojvm.data.ImageFolder.Picture;

/**
 * A picture and what is written beside it.
 *
 * @param title short, set bold: a class
 * @param subtitle set pale under it: a file's name
 */
public record CaptionedPicture(Picture picture, String title, String subtitle) {}
