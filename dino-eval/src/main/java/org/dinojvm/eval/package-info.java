/** What features are worth: extraction, nearest neighbours, weighted k-NN and a baseline. */
package org.dinojvm.eval;
