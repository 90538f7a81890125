/** Commands over indexes and pages to explore. */
package org.dinojvm.cli.explore;
