/** Self-supervised methods beside each other: on one backbone, one set of pictures, one budget. */
package org.dinojvm.compare;
