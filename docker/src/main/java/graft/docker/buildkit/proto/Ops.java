package graft.docker.buildkit.proto;

import graft.oci.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `pb`: BuildKit's graphs of operations, of which Graft runs none. A few kinds of them stand for
/// sources of files.
public final class Ops {
  private Ops() {}

  /// A graph. The last operation only names what the graph is asked for.
  ///
  /// @param operations each an [Op], in bytes, since they are referred to by their digests
  public record Definition(List<byte[]> operations) implements Message {
    public static final Definition EMPTY = new Definition(List.of());

    public Definition {
      operations = List.copyOf(operations);
    }

    public static Definition read(ProtoReader in) throws IOException {
      List<byte[]> operations = new ArrayList<>();
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> operations.add(in.bytes());
          default -> in.skip();
        }
      }
      return new Definition(operations);
    }

    /// A graph of one source.
    public static Definition of(Source source) {
      byte[] first = ProtoWriter.bytes(new Op(List.of(), Optional.of(source)));
      byte[] last = ProtoWriter.bytes(new Op(List.of(Digest.of(first)), Optional.empty()));
      return new Definition(List.of(first, last));
    }

    public boolean isEmpty() {
      return operations.isEmpty();
    }

    /// The sources of the graph; empty if it cannot be read.
    public List<Source> sources() throws IOException {
      List<Source> sources = new ArrayList<>();
      for (byte[] operation : operations) {
        ProtoReader.parse(operation, Op::read).source().ifPresent(sources::add);
      }
      return sources;
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      out.bytes(1, operations);
      for (byte[] operation : operations.subList(0, Math.max(0, operations.size() - 1))) {
        // The client wants to know of each what it is about; there is nothing to say.
        out.messageMap(2, Map.of(Digest.of(operation).toString(), Message.EMPTY));
      }
    }
  }

  /// @param inputs digests of other operations
  public record Op(List<Digest> inputs, Optional<Source> source) implements Message {
    public Op {
      inputs = List.copyOf(inputs);
    }

    static Op read(ProtoReader in) throws IOException {
      Optional<Source> source = Optional.empty();
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 3 -> source = Optional.of(in.message(Source::read));
          default -> in.skip();
        }
      }
      return new Op(List.of(), source);
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      for (Digest input : inputs) {
        out.message(1, i -> i.text(1, input.toString()));
      }
      out.message(3, source);
    }
  }

  /// @param identifier a URL: `docker-image://`, `git://`, `https://`, `local://`, or ours
  public record Source(String identifier, Map<String, String> attributes) implements Message {
    public Source {
      attributes = Map.copyOf(attributes);
    }

    static Source read(ProtoReader in) throws IOException {
      String identifier = "";
      Map<String, String> attributes = new LinkedHashMap<>();
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> identifier = in.text();
          case 2 -> in.entry(attributes);
          default -> in.skip();
        }
      }
      return new Source(identifier, attributes);
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, identifier).map(2, attributes);
    }
  }

  /// In Go's names.
  public record Platform(String architecture, String os, String variant) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, architecture).text(2, os).text(3, variant);
    }
  }

  /// @param data the whole file
  public record SourceInfo(String filename, byte[] data) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, filename).bytes(2, data);
    }
  }

  /// Lines, both included, the first being 1.
  public record Range(int first, int last) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.message(1, position -> position.number(1, first));
      out.message(2, position -> position.number(1, last));
    }
  }
}
