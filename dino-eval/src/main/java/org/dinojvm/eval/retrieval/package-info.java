/** Finding pictures of the same thing: revisited Oxford and Paris, and any folder with classes. */
package org.dinojvm.eval.retrieval;
