/** Options that several commands have. */
package org.dinojvm.cli.options;
