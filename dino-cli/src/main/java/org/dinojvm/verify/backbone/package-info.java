/** Checks of backbones: their weights read, their outputs and gradients compared. */
package org.dinojvm.verify.backbone;
