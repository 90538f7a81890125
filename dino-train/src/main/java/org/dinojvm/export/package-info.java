/** Exported models, and weights from and to other formats. */
package org.dinojvm.export;
