/** {@code dino bench}: what is timed, and how it is printed. */
package org.dinojvm.cli.bench;
