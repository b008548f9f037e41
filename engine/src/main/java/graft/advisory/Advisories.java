package graft.advisory;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.DiskFull;
import graft.error.GraftException;
import graft.inventory.Inventory;
import graft.oci.Digest;
import graft.oci.Json;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The advisory database of an engine, in a directory of its own.
///
/// A source is what was imported under one name. An import makes the database anew in a file beside
/// it, which then takes its name: a match sees one or the other, and a kill leaves one or the
/// other.
public final class Advisories {
  private static final String NAME = "advisories";
  private static final String PART = "part-";
  private static final Pattern SOURCE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  private static final Set<String> VEX_FORMATS = Set.of(OpenVex.FORMAT, Csaf.FORMAT);

  private final Path directory;
  private final Path file;

  /// Held across the making of a database: there is one at a time, and it takes memory.
  private final ReentrantLock turn = new ReentrantLock();

  /// Opened at first use, so that an engine's start does not read it.
  private volatile @Nullable Database database;

  /// Why the database of before is not in use; empty if it is.
  private volatile String trouble = "";

  private Advisories(Path directory) {
    this.directory = directory;
    this.file = directory.resolve(NAME);
  }

  /// Takes away what an import that was killed left behind.
  public static Advisories open(Path directory) throws IOException {
    Files.createDirectories(directory);
    try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, PART + "*")) {
      for (Path part : left) {
        Files.deleteIfExists(part);
      }
    }
    return new Advisories(directory);
  }

  /// @param digest of all that is said, by which reports name the database
  /// @param bytes of its file; 0 before the first import
  /// @param trouble what is wrong with it, in a sentence; empty if nothing is
  public record Status(Digest digest, long bytes, List<Source> sources, String trouble) {
    public Status {
      sources = List.copyOf(sources);
    }
  }

  public Status status() throws IOException {
    Database now = current();
    long bytes = Files.exists(file) ? Files.size(file) : 0;
    return new Status(now.digest(), bytes, now.sources(), trouble);
  }

  /// What is said of these packages.
  public Matches match(Inventory inventory) throws IOException {
    return match(inventory, Subject.NONE);
  }

  /// The same, where documents that name the image itself count too.
  public Matches match(Inventory inventory, Subject subject) throws IOException {
    return match(inventory, subject, Vex.NONE);
  }

  /// The same, where more statements count than those of the database.
  public Matches match(Inventory inventory, Subject subject, Vex vex) throws IOException {
    return Matcher.match(current(), inventory, subject, vex);
  }

  /// Whether anybody has said of anything that it is none.
  public boolean hasSuppressions() throws IOException {
    return current().hasSuppressions();
  }

  /// Reads VEX documents, OpenVEX or CSAF, alone or in an archive, for one question. INVALID if
  /// there are none in it, or something else is.
  ///
  /// @param file what to call the contents when something in them is named
  public Vex vex(String file, InputStream in) throws IOException {
    try (SortedLines lines = new SortedLines(directory)) {
      Draft draft = new Draft("vex", lines);
      new Import(draft).read(file, in);
      Source found = draft.finish(Instant.now());
      if (found.statements() == 0
          || !found.skipped().isEmpty()
          || !VEX_FORMATS.containsAll(found.formats())) {
        throw GraftException.invalid(
            file
                + " is not made of VEX documents, OpenVEX or CSAF"
                + (found.examples().isEmpty() ? "" : ": " + found.examples().getFirst()));
      }
      return new Vex(Database.of(lines.sorted()));
    }
  }

  /// Brings in advisories. INVALID, and nothing changed, if none were in it or it was not whole;
  /// CONFLICT while another import goes on.
  ///
  /// @param source its name
  /// @param add to what was imported under the name before, instead of in its place
  /// @param file what to call the contents when something in them is named
  /// @param in a file or an archive of files, in any of the formats
  public Source importFrom(String source, boolean add, String file, InputStream in)
      throws IOException {
    if (!SOURCE.matcher(source).matches()) {
      throw GraftException.invalid(
          "'"
              + source
              + "' is no name of a source: up to 100 letters, digits, dots, hyphens and"
              + " underscores, the first of them a letter or a digit");
    }
    begin();
    try (SortedLines lines = new SortedLines(directory)) {
      Draft draft = new Draft(source, lines);
      new Import(draft).read(file, in);
      Source found = draft.finish(Instant.now());
      if (found.statements() == 0) {
        throw GraftException.invalid(
            "no advisory could be used of "
                + file
                + ", so nothing was changed"
                + (found.examples().isEmpty() ? "" : "; " + found.examples().getFirst()));
      }
      Database before = current();
      Optional<Source> former =
          before.sources().stream().filter(s -> add && s.name().equals(source)).findFirst();
      Source now = former.map(f -> f.with(found)).orElse(found);
      List<Source> sources = others(before, source);
      sources.add(now);
      write(
          SortedLines.merged(
              List.of(
                  without(before, line -> !add && Lines.source(line).equals(source)),
                  lines.sorted())),
          sources);
      return found;
    } catch (IOException e) {
      DiskFull.check("cannot import the advisories of " + source, directory, e);
      throw e;
    } finally {
      turn.unlock();
    }
  }

  /// Forgets what a source says. NOT_FOUND if there is none of this name.
  public void remove(String source) throws IOException {
    begin();
    try {
      Database before = current();
      if (before.sources().stream().noneMatch(s -> s.name().equals(source))) {
        throw GraftException.notFound("no advisories were imported under the name " + source);
      }
      write(without(before, line -> Lines.source(line).equals(source)), others(before, source));
    } finally {
      turn.unlock();
    }
  }

  private void begin() {
    if (!turn.tryLock()) {
      throw GraftException.conflict(
          "another import of advisories is under way; try again when it has ended");
    }
  }

  private static List<Source> others(Database database, String source) {
    return new ArrayList<>(
        database.sources().stream().filter(s -> !s.name().equals(source)).toList());
  }

  private static SortedLines.Cursor without(Database database, Predicate<byte[]> leaveOut) {
    SortedLines.Cursor all = database.cursor();
    return () -> {
      byte[] line = all.next();
      while (line != null && leaveOut.test(line)) {
        line = all.next();
      }
      return line;
    };
  }

  private void write(SortedLines.Cursor lines, List<Source> sources) throws IOException {
    Path part = Files.createTempFile(directory, PART, "");
    try {
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        MessageDigest hash = Digest.newSha256();
        OutputStream out =
            new BufferedOutputStream(
                new DigestOutputStream(Channels.newOutputStream(channel), hash), 1 << 16);
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
          out.write(line);
          out.write('\n');
        }
        out.flush();
        ObjectNode trailer = Json.MAPPER.createObjectNode();
        trailer.put("format", Database.FORMAT);
        trailer.put("digest", Digest.sha256(hash.digest()).toString());
        ArrayNode all = trailer.putArray("sources");
        sources.stream()
            .sorted((a, b) -> a.name().compareTo(b.name()))
            .forEach(s -> all.add(s.json()));
        out.write(Json.bytes(trailer));
        out.write('\n');
        out.flush();
        channel.force(true);
      }
      Database made = Database.open(part);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
        names.force(true);
      }
      database = made;
      trouble = "";
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private Database current() throws IOException {
    Database now = database;
    return now != null ? now : load();
  }

  private synchronized Database load() throws IOException {
    Database now = database;
    if (now == null) {
      try {
        now = Database.open(file);
      } catch (NoSuchFileException e) {
        now = Database.empty();
      } catch (GraftException e) {
        // It is made of files that the user has: better none, and said, than an engine that cannot
        // take another one.
        Path aside = directory.resolve(NAME + ".damaged");
        Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
        trouble = e.text() + "; it was set aside as " + aside + ": import its sources again";
        now = Database.empty();
      }
      database = now;
    }
    return now;
  }
}
