/** What the attention of the class token finds of the objects in a picture. */
package org.dinojvm.eval.attention;
