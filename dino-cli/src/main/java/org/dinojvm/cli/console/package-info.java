/** What the program shows, and the signals that it hears. */
package org.dinojvm.cli.console;
