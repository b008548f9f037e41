package graft.cli.http;

import java.io.IOException;

/// The engine answered with an error; the message is its own.
public final class ApiException extends IOException {
  private final int status;
  private final String text;

  public ApiException(int status, String message) {
    super(message);
    this.status = status;
    this.text = message;
  }

  public int status() {
    return status;
  }

  /// What the engine said.
  public String text() {
    return text;
  }
}
