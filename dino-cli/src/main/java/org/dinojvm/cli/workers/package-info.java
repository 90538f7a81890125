/** Training by several processes, from the command line: which there are, and who starts them. */
package org.dinojvm.cli.workers;
