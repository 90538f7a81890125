/** Files that are whole or not there, and what went wrong with them in words. */
package org.dinojvm.files;
