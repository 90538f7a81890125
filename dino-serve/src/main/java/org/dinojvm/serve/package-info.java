/** Exported models: SavedModels out, and every kind of model opened alike. */
package org.dinojvm.serve;
