/** Families of backbones: architectures by name, their settings, and how weights tell them. */
package org.dinojvm.model.family;
