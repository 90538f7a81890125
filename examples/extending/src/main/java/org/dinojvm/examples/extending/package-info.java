/** What others may add without changing a file of DINO; docs/extending.md explains it. */
package org.dinojvm.examples.extending;
