/** Views of a picture: random numbers, crops, augmentations, and their settings. */
package org.dinojvm.data.augment;
