package org.dinojvm.explore.web;

/** A request that is answered with an error, in one line. */
final class RequestException extends Exception {

  private static final long serialVersionUID = 1;

  private final int status;

  RequestException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** HTTP's number for the kind of error. */
  int status() {
    return status;
  }
}
