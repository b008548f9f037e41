package graft.docker.buildkit.proto;

import graft.docker.buildkit.proto.Ops.Definition;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `moby.buildkit.v1` and `moby.buildkit.v1.types`: builds from outside.
public final class Control {
  private Control() {}

  // ---- Solve

  /// @param type `moby`, `image`, `docker`, `oci`, `local`, `tar`
  public record Exporter(String type, Map<String, String> attributes) {
    public Exporter {
      attributes = Map.copyOf(attributes);
    }

    static Exporter read(ProtoReader in) throws IOException {
      String type = "";
      Map<String, String> attributes = new LinkedHashMap<>();
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> type = in.text();
          case 2 -> in.entry(attributes);
          default -> in.skip();
        }
      }
      return new Exporter(type, attributes);
    }
  }

  /// A place of a build cache outside.
  ///
  /// @param type `inline`, `registry`, `local`
  public record CacheEntry(String type, Map<String, String> attributes) {
    public CacheEntry {
      attributes = Map.copyOf(attributes);
    }

    static CacheEntry read(ProtoReader in) throws IOException {
      Exporter same = Exporter.read(in);
      return new CacheEntry(same.type(), same.attributes());
    }
  }

  /// @param ref the client's name for the build
  /// @param session where the client is asked for files
  /// @param definition what is to be run; of no build that buildx asks for
  /// @param exporters what becomes of the result; none: it is kept in the cache only
  /// @param sourcePolicy there is one
  public record SolveRequest(
      String ref,
      Definition definition,
      String session,
      String frontend,
      Map<String, String> options,
      List<CacheEntry> cacheExports,
      List<CacheEntry> cacheImports,
      List<String> entitlements,
      boolean internal,
      boolean sourcePolicy,
      List<Exporter> exporters) {
    public SolveRequest {
      options = Map.copyOf(options);
      cacheExports = List.copyOf(cacheExports);
      cacheImports = List.copyOf(cacheImports);
      entitlements = List.copyOf(entitlements);
      exporters = List.copyOf(exporters);
    }

    public static SolveRequest read(ProtoReader in) throws IOException {
      String ref = "";
      Definition definition = Definition.EMPTY;
      String session = "";
      String frontend = "";
      Map<String, String> options = new LinkedHashMap<>();
      List<CacheEntry> exports = new ArrayList<>();
      List<CacheEntry> imports = new ArrayList<>();
      List<String> entitlements = new ArrayList<>();
      boolean internal = false;
      boolean sourcePolicy = false;
      List<Exporter> exporters = new ArrayList<>();
      String oldExporter = "";
      Map<String, String> oldAttributes = new LinkedHashMap<>();
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> ref = in.text();
          case 2 -> definition = in.message(Definition::read);
          case 3 -> oldExporter = in.text();
          case 4 -> in.entry(oldAttributes);
          case 5 -> session = in.text();
          case 6 -> frontend = in.text();
          case 7 -> in.entry(options);
          case 8 -> in.message(cache -> readCache(cache, exports, imports));
          case 9 -> entitlements.add(in.text());
          case 11 -> internal = in.flag();
          case 12 -> {
            sourcePolicy = true;
            in.skip();
          }
          case 13 -> exporters.add(in.message(Exporter::read));
          default -> in.skip();
        }
      }
      if (exporters.isEmpty() && !oldExporter.isEmpty()) {
        // As clients before BuildKit 0.13 say it.
        exporters.add(new Exporter(oldExporter, oldAttributes));
      }
      return new SolveRequest(
          ref,
          definition,
          session,
          frontend,
          options,
          exports,
          imports,
          entitlements,
          internal,
          sourcePolicy,
          exporters);
    }

    private static boolean readCache(
        ProtoReader in, List<CacheEntry> exports, List<CacheEntry> imports) throws IOException {
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 4 -> exports.add(in.message(CacheEntry::read));
          case 5 -> imports.add(in.message(CacheEntry::read));
          default -> in.skip();
        }
      }
      return true;
    }
  }

  public record SolveResponse(Map<String, String> exporterResponse) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.map(1, exporterResponse);
    }
  }

  // ---- Status

  public record StatusRequest(String ref) {
    public static StatusRequest read(ProtoReader in) throws IOException {
      String ref = "";
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> ref = in.text();
          default -> in.skip();
        }
      }
      return new StatusRequest(ref);
    }
  }

  public record StatusResponse(
      List<Vertex> vertexes,
      List<VertexStatus> statuses,
      List<VertexLog> logs,
      List<VertexWarning> warnings)
      implements Message {
    public static final StatusResponse EMPTY =
        new StatusResponse(List.of(), List.of(), List.of(), List.of());

    @Override
    public void write(ProtoWriter out) throws IOException {
      out.messages(1, vertexes).messages(2, statuses).messages(3, logs).messages(4, warnings);
    }
  }

  /// @param digest any, as long as no other vertex has it
  public record Vertex(
      String digest,
      List<String> inputs,
      String name,
      boolean cached,
      Optional<Instant> started,
      Optional<Instant> completed,
      String error)
      implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, digest).texts(2, inputs).text(3, name).flag(4, cached);
      out.instant(5, started).instant(6, completed).text(7, error);
    }
  }

  public record VertexStatus(
      String id,
      String vertex,
      String name,
      long current,
      long total,
      Instant timestamp,
      Instant started,
      Optional<Instant> completed)
      implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, id).text(2, vertex).text(3, name).number(4, current).number(5, total);
      out.instant(6, timestamp).instant(7, started).instant(8, completed);
    }
  }

  /// @param stream 1 or 2
  public record VertexLog(String vertex, Instant timestamp, int stream, byte[] bytes)
      implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, vertex).instant(2, timestamp).number(3, stream).bytes(4, bytes);
    }
  }

  /// @param brief one line
  /// @param info the file it is about; empty if unknown
  public record VertexWarning(
      String vertex,
      int level,
      byte[] brief,
      List<byte[]> detail,
      String url,
      Optional<Ops.SourceInfo> info,
      List<Ops.Range> ranges)
      implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, vertex).number(2, level).bytes(3, brief).bytes(4, detail).text(5, url);
      out.message(6, info).messages(7, ranges);
    }
  }

  // ---- Session

  /// A piece of a stream of bytes.
  public record BytesMessage(byte[] data) implements Message {
    public static BytesMessage read(ProtoReader in) throws IOException {
      byte[] data = new byte[0];
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> data = in.bytes();
          default -> in.skip();
        }
      }
      return new BytesMessage(data);
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      out.bytes(1, data);
    }
  }

  // ---- workers

  public record ListWorkersResponse(List<Worker> workers) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.messages(1, workers);
    }
  }

  public record InfoResponse(BuildkitVersion version) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.message(1, version);
    }
  }

  /// The engine, as builds see it.
  public record Worker(
      String id,
      Map<String, String> labels,
      List<Ops.Platform> platforms,
      List<GcPolicy> gcPolicies,
      BuildkitVersion version)
      implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, id).map(2, labels).messages(3, platforms).messages(4, gcPolicies);
      out.message(5, version);
    }
  }

  /// @param maxUsed bytes that are kept at most
  public record GcPolicy(boolean all, long maxUsed) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.flag(1, all).number(5, maxUsed);
    }
  }

  public record BuildkitVersion(String name, String version) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, name).text(2, version);
    }
  }

  // ---- the cache

  /// @param filters in containerd's syntax, one of which has to fit
  public record DiskUsageRequest(List<String> filters) {
    public static DiskUsageRequest read(ProtoReader in) throws IOException {
      List<String> filters = new ArrayList<>();
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> filters.add(in.text());
          default -> in.skip();
        }
      }
      return new DiskUsageRequest(filters);
    }
  }

  public record DiskUsageResponse(List<UsageRecord> records) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.messages(1, records);
    }
  }

  public record UsageRecord(
      String id,
      boolean mutable,
      boolean inUse,
      long size,
      Instant created,
      Optional<Instant> lastUsed,
      long count,
      String description,
      String type,
      boolean shared,
      List<String> parents)
      implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, id).flag(2, mutable).flag(3, inUse).number(4, size).instant(6, created);
      out.instant(7, lastUsed).number(8, count).text(9, description).text(10, type);
      out.flag(11, shared).texts(12, parents);
    }
  }

  /// @param keepDuration nanoseconds
  /// @param reservedSpace bytes that may stay whatever their age
  /// @param maxUsedSpace bytes that may stay at all
  /// @param minFreeSpace bytes of the disk that are to be free
  public record PruneRequest(
      List<String> filters,
      boolean all,
      long keepDuration,
      long reservedSpace,
      long maxUsedSpace,
      long minFreeSpace) {
    public static PruneRequest read(ProtoReader in) throws IOException {
      List<String> filters = new ArrayList<>();
      boolean all = false;
      long keep = 0;
      long reserved = 0;
      long max = 0;
      long free = 0;
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> filters.add(in.text());
          case 2 -> all = in.flag();
          case 3 -> keep = in.number();
          case 4 -> reserved = in.number();
          case 5 -> max = in.number();
          case 6 -> free = in.number();
          default -> in.skip();
        }
      }
      return new PruneRequest(filters, all, keep, reserved, max, free);
    }
  }
}
