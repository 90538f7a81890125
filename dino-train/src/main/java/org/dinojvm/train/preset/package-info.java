/** Settings that are picked for a folder of pictures. */
package org.dinojvm.train.preset;
