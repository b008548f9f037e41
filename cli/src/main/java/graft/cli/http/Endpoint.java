package graft.cli.http;

import java.io.IOException;

/// Where an engine is, and the way to it.
public interface Endpoint {
  /// A `SocketException` means that no engine is there.
  Connection open() throws IOException;
}
