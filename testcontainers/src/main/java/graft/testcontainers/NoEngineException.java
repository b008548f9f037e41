package graft.testcontainers;

import java.io.IOException;

/// There is no engine and none could be started; the message says what to do.
final class NoEngineException extends IOException {
  NoEngineException(String message) {
    super(message);
  }

  NoEngineException(String message, Throwable cause) {
    super(message, cause);
  }
}
