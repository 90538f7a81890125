/** Runs that end in a given time: their first steps are timed. */
package org.dinojvm.budget;
