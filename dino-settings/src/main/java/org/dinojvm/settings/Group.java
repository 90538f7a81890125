package org.dinojvm.settings;

/** The headings of the help, in order. */
public enum Group {
  NETWORK("Network"),
  HEAD_AND_LOSS("Head and loss"),
  OPTIMISER("Optimiser and schedules"),
  CROPS_AND_COLOURS("Crops and colours"),
  RUN("Run"),
  EVALUATION("Evaluation during the run");

  private final String title;

  Group(String title) {
    this.title = title;
  }

  public String title() {
    return title;
  }
}
