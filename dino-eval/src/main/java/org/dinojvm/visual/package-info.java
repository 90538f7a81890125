/** Pictures of what a model sees: attention maps and nearest neighbours, drawn to PNG. */
package org.dinojvm.visual;
