/** Files like the released ones, at their real size, through import, export and training. */
package org.dinojvm.verify.released;
