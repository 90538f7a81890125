/** Semi-supervised video segmentation by propagating labels along features: DAVIS 2017. */
package org.dinojvm.eval.video;
