/** What {@code torch.save} and pickle wrote, read as data: nothing in such a file is run. */
package org.dinojvm.weights.torch;
