package graft.docker.buildkit.proto;

import java.io.IOException;

/// Something that is sent.
public interface Message {
  /// Nothing to say.
  Message EMPTY = _ -> {};

  /// Writes all fields that are not at their default.
  void write(ProtoWriter out) throws IOException;
}
