package graft.docker.buildkit.proto;

import graft.docker.buildkit.proto.Control.Exporter;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What of `moby.buildkit.v1` is about builds that have ended, and
/// `containerd.services.content.v1`, by which clients read what a record names.
public final class History {
  private History() {}

  /// @param activeOnly only builds that run
  /// @param ref only this build; all if empty
  /// @param earlyExit only what is there now
  /// @param filtered whether there are filters; clients apply them as well
  /// @param limit so many of the latest; 0 for all
  public record ListenRequest(
      boolean activeOnly, String ref, boolean earlyExit, boolean filtered, long limit) {
    public static ListenRequest read(ProtoReader in) throws IOException {
      boolean activeOnly = false;
      String ref = "";
      boolean earlyExit = false;
      boolean filtered = false;
      long limit = 0;
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> activeOnly = in.flag();
          case 2 -> ref = in.text();
          case 3 -> earlyExit = in.flag();
          case 4 -> {
            filtered = true;
            in.skip();
          }
          case 5 -> limit = in.number();
          default -> in.skip();
        }
      }
      return new ListenRequest(activeOnly, ref, earlyExit, filtered, limit);
    }
  }

  public record UpdateRequest(String ref, boolean pinned, boolean delete, boolean complete) {
    public static UpdateRequest read(ProtoReader in) throws IOException {
      String ref = "";
      boolean pinned = false;
      boolean delete = false;
      boolean complete = false;
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> ref = in.text();
          case 2 -> pinned = in.flag();
          case 3 -> delete = in.flag();
          case 4 -> complete = in.flag();
          default -> in.skip();
        }
      }
      return new UpdateRequest(ref, pinned, delete, complete);
    }
  }

  public enum EventType {
    STARTED,
    COMPLETE,
    DELETED
  }

  public record Event(EventType type, Record record) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      int number =
          switch (type) {
            case STARTED -> 0;
            case COMPLETE -> 1;
            case DELETED -> 2;
          };
      out.number(1, number).message(2, record);
    }
  }

  /// @param attributes the frontend's options
  /// @param error empty if it was good
  /// @param results what is said of each platform's; by the empty name if there is one platform
  public record Record(
      String ref,
      String frontend,
      Map<String, String> attributes,
      List<Exporter> exporters,
      Optional<Gateway.Status> error,
      Instant created,
      Optional<Instant> completed,
      Optional<Descriptor> logs,
      Map<String, String> response,
      Map<String, ResultInfo> results,
      boolean pinned,
      int cachedSteps,
      int totalSteps,
      int completedSteps,
      int warnings)
      implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, ref).text(2, frontend).map(3, attributes);
      for (Exporter exporter : exporters) {
        out.message(4, e -> e.text(1, exporter.type()).map(2, exporter.attributes()));
      }
      out.message(5, error).instant(6, created).instant(7, completed).message(8, logs);
      out.map(9, response);
      ResultInfo only = results.get("");
      if (only != null) {
        out.message(10, only);
      } else {
        out.messageMap(11, results);
      }
      out.flag(14, pinned).number(15, cachedSteps).number(16, totalSteps);
      out.number(17, completedSteps).number(19, warnings);
    }
  }

  public record ResultInfo(List<Descriptor> attestations) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.messages(2, attestations);
    }
  }

  public record Descriptor(
      String mediaType, String digest, long size, Map<String, String> annotations)
      implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, mediaType).text(2, digest).number(3, size).map(5, annotations);
    }
  }

  // ---- contents

  public record InfoRequest(String digest) {
    public static InfoRequest read(ProtoReader in) throws IOException {
      String digest = "";
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> digest = in.text();
          default -> in.skip();
        }
      }
      return new InfoRequest(digest);
    }
  }

  public record InfoResponse(String digest, long size) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.message(1, info -> info.text(1, digest).number(2, size));
    }
  }

  /// @param size bytes; 0 for all that are left
  public record ReadRequest(String digest, long offset, long size) {
    public static ReadRequest read(ProtoReader in) throws IOException {
      String digest = "";
      long offset = 0;
      long size = 0;
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> digest = in.text();
          case 2 -> offset = in.number();
          case 3 -> size = in.number();
          default -> in.skip();
        }
      }
      return new ReadRequest(digest, offset, size);
    }
  }

  public record ReadResponse(long offset, byte[] data) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.number(1, offset).bytes(2, data);
    }
  }
}
