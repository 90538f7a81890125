/** Evaluations against numbers of their published implementations. */
package org.dinojvm.verify.evaluation;
