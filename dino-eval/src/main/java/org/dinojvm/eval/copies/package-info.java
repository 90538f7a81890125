/** Finding the original of a copy: Copydays, and copies made of any folder's pictures. */
package org.dinojvm.eval.copies;
