/** Pictures as they lie on the disk: folders, lists and records; scans; decoding; safe reads. */
package org.dinojvm.data.source;
