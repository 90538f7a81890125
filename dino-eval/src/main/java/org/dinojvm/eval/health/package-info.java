/** Whether features have collapsed: evenness, rank and spread. */
package org.dinojvm.eval.health;
