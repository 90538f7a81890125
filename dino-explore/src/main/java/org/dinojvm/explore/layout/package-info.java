/** Pictures laid out on a plane by what a model sees in them. */
package org.dinojvm.explore.layout;
