/**
 * Holds what this project computes against results of the published implementation: {@code
 * Verifier} finds the checks of each file in the sets that are registered ({@code CheckSet}); each
 * set is a package below.
 */
package org.dinojvm.verify;
