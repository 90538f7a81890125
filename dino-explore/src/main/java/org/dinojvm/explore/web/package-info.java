/** A small server for trying a model out. */
package org.dinojvm.explore.web;
