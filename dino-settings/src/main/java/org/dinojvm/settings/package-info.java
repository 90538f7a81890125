/** Settings as annotated records: one definition gives defaults, parsing, YAML, checks and help. */
package org.dinojvm.settings;
