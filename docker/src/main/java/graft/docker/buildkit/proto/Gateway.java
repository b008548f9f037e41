package graft.docker.buildkit.proto;

import graft.docker.buildkit.proto.Control.CacheEntry;
import graft.docker.buildkit.proto.Ops.Definition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// `moby.buildkit.v1.frontend`: what a client asks for during its build. Also google.rpc.Status,
/// which comes and goes in these.
public final class Gateway {
  private Gateway() {}

  /// @param evaluate the answer is to wait for the end of the build
  public record SolveRequest(
      Definition definition,
      String frontend,
      Map<String, String> options,
      List<CacheEntry> cacheImports,
      Map<String, Definition> inputs,
      boolean evaluate) {
    public SolveRequest {
      options = Map.copyOf(options);
      cacheImports = List.copyOf(cacheImports);
      inputs = Map.copyOf(inputs);
    }

    public static SolveRequest read(ProtoReader in) throws IOException {
      Definition definition = Definition.EMPTY;
      String frontend = "";
      Map<String, String> options = new LinkedHashMap<>();
      List<CacheEntry> imports = new ArrayList<>();
      Map<String, Definition> inputs = new LinkedHashMap<>();
      boolean evaluate = false;
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> definition = in.message(Definition::read);
          case 2 -> frontend = in.text();
          case 3 -> in.entry(options);
          case 12 -> imports.add(in.message(CacheEntry::read));
          case 13 -> in.entry(inputs, Definition.EMPTY, value -> value.message(Definition::read));
          case 14 -> evaluate = in.flag();
          default -> in.skip();
        }
      }
      return new SolveRequest(definition, frontend, options, imports, inputs, evaluate);
    }
  }

  public record SolveResponse(Result result) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.message(3, result);
    }
  }

  /// Something that was built.
  ///
  /// @param ref empty where it has no files
  /// @param refs instead, one for each platform, where several were asked for
  /// @param metadata what is known of it, as the configuration of the image
  public record Result(
      Optional<Ref> ref, SequencedMap<String, Ref> refs, Map<String, byte[]> metadata)
      implements Message {
    static Result read(ProtoReader in) throws IOException {
      Optional<Ref> ref = Optional.empty();
      SequencedMap<String, Ref> refs = new LinkedHashMap<>();
      Map<String, byte[]> metadata = new LinkedHashMap<>();
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> ref = Optional.of(new Ref(in.text(), Definition.EMPTY));
          case 3 -> ref = Optional.of(in.message(Ref::read));
          case 4 -> in.message(map -> readRefs(map, refs));
          case 10 -> in.entry(metadata, new byte[0], ProtoReader::bytes);
          default -> in.skip();
        }
      }
      return new Result(ref.filter(r -> !r.id().isEmpty()), refs, metadata);
    }

    private static boolean readRefs(ProtoReader in, Map<String, Ref> refs) throws IOException {
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 ->
              in.entry(refs, new Ref("", Definition.EMPTY), value -> value.message(Ref::read));
          default -> in.skip();
        }
      }
      return true;
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      out.message(3, ref);
      if (!refs.isEmpty()) {
        out.message(4, map -> map.messageMap(1, refs));
      }
      out.bytesMap(10, metadata);
    }
  }

  /// @param definition a graph that gives it, for clients that make it another build's input
  public record Ref(String id, Definition definition) implements Message {
    static Ref read(ProtoReader in) throws IOException {
      String id = "";
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> id = in.text();
          default -> in.skip();
        }
      }
      return new Ref(id, Definition.EMPTY);
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, id);
      if (!definition.isEmpty()) {
        out.message(2, definition);
      }
    }
  }

  /// How the client's part of the build has ended.
  public record ReturnRequest(Result result, Optional<Status> error) {
    public static ReturnRequest read(ProtoReader in) throws IOException {
      Result result = new Result(Optional.empty(), new LinkedHashMap<>(), Map.of());
      Optional<Status> error = Optional.empty();
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> result = in.message(Result::read);
          case 2 -> error = Optional.of(in.message(Status::read));
          default -> in.skip();
        }
      }
      return new ReturnRequest(result, error);
    }
  }

  /// google.rpc.Status.
  ///
  /// @param code of gRPC
  public record Status(int code, String message, List<Any> details) implements Message {
    public Status {
      details = List.copyOf(details);
    }

    public static Status read(ProtoReader in) throws IOException {
      int code = 0;
      String message = "";
      List<Any> details = new ArrayList<>();
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> code = (int) in.number();
          case 2 -> message = in.text();
          case 3 -> details.add(in.message(Any::read));
          default -> in.skip();
        }
      }
      return new Status(code, message, details);
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      out.number(1, code).text(2, message).messages(3, details);
    }
  }

  /// google.protobuf.Any, whose value BuildKit has as JSON if the type ends in `+json`.
  public record Any(String type, byte[] value) implements Message {
    static Any read(ProtoReader in) throws IOException {
      String type = "";
      byte[] value = new byte[0];
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> type = in.text();
          case 2 -> value = in.bytes();
          default -> in.skip();
        }
      }
      return new Any(type, value);
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, type).bytes(2, value);
    }
  }

  /// @param frontendCapabilities what a client may use of this service
  /// @param llbCapabilities what it may use in graphs and exports; none for what 2018 had
  public record PongResponse(
      List<String> frontendCapabilities, List<String> llbCapabilities, List<Control.Worker> workers)
      implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      for (String id : frontendCapabilities) {
        out.message(1, capability -> capability.text(1, id).flag(2, true));
      }
      for (String id : llbCapabilities) {
        out.message(2, capability -> capability.text(1, id).flag(2, true));
      }
      out.messages(3, workers);
    }
  }

  /// @param offset of the first byte
  /// @param length bytes at most; 0 for all
  public record ReadFileRequest(String ref, String path, long offset, long length) {
    private record Range(long offset, long length) {
      static Range read(ProtoReader in) throws IOException {
        long offset = 0;
        long length = 0;
        for (int field = in.next(); field != 0; field = in.next()) {
          switch (field) {
            case 1 -> offset = in.number();
            case 2 -> length = in.number();
            default -> in.skip();
          }
        }
        return new Range(Math.max(0, offset), Math.max(0, length));
      }
    }

    public static ReadFileRequest read(ProtoReader in) throws IOException {
      String ref = "";
      String path = "";
      Range range = new Range(0, 0);
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> ref = in.text();
          case 2 -> path = in.text();
          case 3 -> range = in.message(Range::read);
          default -> in.skip();
        }
      }
      return new ReadFileRequest(ref, path, range.offset(), range.length());
    }
  }

  public record ReadFileResponse(byte[] data) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.bytes(1, data);
    }
  }

  /// Of StatFile and ReadDir.
  public record PathRequest(String ref, String path) {
    public static PathRequest read(ProtoReader in) throws IOException {
      String ref = "";
      String path = "";
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> ref = in.text();
          case 2 -> path = in.text();
          default -> in.skip();
        }
      }
      return new PathRequest(ref, path);
    }
  }

  /// The answers to StatFile, of one, and to ReadDir.
  public record StatResponse(List<Fs.Stat> stats) implements Message {
    public StatResponse {
      stats = List.copyOf(stats);
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      out.messages(1, stats);
    }
  }

  /// The first field of Evaluate.
  public record EvaluateRequest(String ref) {
    public static EvaluateRequest read(ProtoReader in) throws IOException {
      return new EvaluateRequest(Ref.read(in).id());
    }
  }
}
