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

    /// The copies of the graph, in order.
    public List<Copy> copies() throws IOException {
      List<Copy> copies = new ArrayList<>();
      for (byte[] operation : operations) {
        copies.addAll(ProtoReader.parse(operation, Op::read).copies());
      }
      return copies;
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
  /// @param copies of which a file operation consists
  public record Op(List<Digest> inputs, Optional<Source> source, List<Copy> copies)
      implements Message {
    public Op {
      inputs = List.copyOf(inputs);
      copies = List.copyOf(copies);
    }

    Op(List<Digest> inputs, Optional<Source> source) {
      this(inputs, source, List.of());
    }

    static Op read(ProtoReader in) throws IOException {
      Optional<Source> source = Optional.empty();
      List<Copy> copies = new ArrayList<>();
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1, 10, 11 -> in.skip();
          case 2 ->
              throw new IOException("the client wants something run, which only Dockerfiles do");
          case 3 -> source = Optional.of(in.message(Source::read));
          case 4 -> in.message(file -> Copy.read(file, copies));
          default -> throw new IOException("the client sends an operation that is not known");
        }
      }
      return new Op(List.of(), source, copies);
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      for (Digest input : inputs) {
        out.message(1, i -> i.text(1, input.toString()));
      }
      out.message(3, source);
    }
  }

  /// A copy of files, as far as it is a plain one.
  ///
  /// @param from a path in what is copied
  /// @param contents what is in the directory, not the directory
  /// @param unpacks archives
  public record Copy(String from, boolean toRoot, boolean contents, boolean unpacks) {
    private static boolean read(ProtoReader in, List<Copy> into) throws IOException {
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 2 -> into.add(in.message(Copy::action));
          default -> in.skip();
        }
      }
      return true;
    }

    private static Copy action(ProtoReader in) throws IOException {
      Copy copy = null;
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1, 2, 3 -> in.skip();
          case 4 -> copy = in.message(Copy::copy);
          default -> throw new IOException("the client wants files made, which is not done here");
        }
      }
      if (copy == null) {
        throw new IOException("the client sends an operation on files that does nothing");
      }
      return copy;
    }

    private static Copy copy(ProtoReader in) throws IOException {
      String from = "";
      String to = "";
      boolean contents = false;
      boolean unpacks = false;
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> from = in.text();
          case 2 -> to = in.text();
          case 6 -> contents = in.flag();
          case 7 -> unpacks = in.flag();
          case 4 -> {
            if (in.number() != -1) {
              throw new IOException("the client wants files copied with another mode");
            }
          }
          case 5, 8, 9, 10, 11 -> in.skip();
          default -> throw new IOException("the client wants some files of a directory copied");
        }
      }
      return new Copy(from, to.equals("/"), contents, unpacks);
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
