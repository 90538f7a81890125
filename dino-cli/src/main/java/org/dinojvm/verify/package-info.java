/** Holds what this project computes against results of the published implementation. */
package org.dinojvm.verify;
