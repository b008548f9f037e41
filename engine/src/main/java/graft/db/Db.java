package graft.db;

import graft.error.DiskFull;
import graft.error.GraftException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Records by kind and id, each a text, in one SQLite file. Rooms read everything once at the
/// start, hold what they need in memory, and write through here: a [#write] is atomic and as
/// [Durable] as asked when it returns.
///
/// Writers that arrive while another is at the disk are taken together in the next transaction, so
/// that fifty containers started at once cost a few fsyncs, not fifty. If one of a group's writes
/// is refused by SQLite none of that transaction is done and each of its writers hears so.
///
/// The one lock, `turn`, is held across I/O: the I/O is what it guards.
public final class Db implements AutoCloseable {
  /// What a write outlives when it returns.
  public enum Durable {
    /// A power cut (WAL, synchronous=FULL).
    ON_DISK,
    /// The end of this process, whatever ended it; a power cut may undo it, whole transactions only
    /// and the last ones first (WAL, synchronous=NORMAL).
    WRITTEN
  }

  /// One change of a transaction.
  public sealed interface Change {
    record Put(String kind, String id, String body) implements Change {}

    record Delete(String kind, String id) implements Change {}
  }

  private static final class Ticket {
    final List<Change> changes;
    final Durable durable;
    boolean done;
    @Nullable SQLException failure;

    Ticket(List<Change> changes, Durable durable) {
      this.changes = changes;
      this.durable = durable;
    }
  }

  private final Path file;
  private final Connection connection;
  private final Reserve reserve;
  private final ReentrantLock turn = new ReentrantLock();
  private final Object gate = new Object();
  private List<Ticket> waiting = new ArrayList<>();
  private Durable mode = Durable.ON_DISK;

  private Db(Path file, Connection connection, Reserve reserve) {
    this.file = file;
    this.connection = connection;
    this.reserve = reserve;
  }

  /// Opens or makes the file. Its directory must be there.
  public static Db open(Path file) throws IOException {
    Reserve reserve = new Reserve(file.resolveSibling(file.getFileName() + "-reserve"));
    reserve.releaseIfShort();
    Path tmp = file.resolveSibling("native");
    Files.createDirectories(tmp);
    // The driver unpacks its native library at each start; a place of our own keeps it out of /tmp,
    // which may be mounted noexec.
    System.setProperty("org.sqlite.tmpdir", tmp.toString());
    try {
      Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
      try (Statement s = connection.createStatement()) {
        s.execute("PRAGMA journal_mode=WAL");
        s.execute("PRAGMA synchronous=FULL");
        s.execute("PRAGMA busy_timeout=5000");
        s.execute(
            // With row ids, for so bodies of up to a page lie in one, side by side; in a table
            // without
            // them (which files of older builds have, and keep) what is longer than a quarter of a
            // page takes a page of its own.
            "CREATE TABLE IF NOT EXISTS record(kind TEXT NOT NULL, id TEXT NOT NULL,"
                + " body TEXT NOT NULL, PRIMARY KEY(kind, id))");
      }
      reserve.keep();
      return new Db(file, connection, reserve);
    } catch (SQLException e) {
      DiskFull.check("cannot open the metadata store " + file, file, e);
      throw new IOException("cannot open the metadata store " + file + ": " + e.getMessage(), e);
    }
  }

  /// All records of a kind, by id, in the order of the ids.
  public Map<String, String> all(String kind) {
    turn.lock();
    try (PreparedStatement s =
        connection.prepareStatement("SELECT id, body FROM record WHERE kind=? ORDER BY id")) {
      s.setString(1, kind);
      Map<String, String> found = new LinkedHashMap<>();
      try (ResultSet rows = s.executeQuery()) {
        while (rows.next()) {
          found.put(rows.getString(1), rows.getString(2));
        }
      }
      return found;
    } catch (SQLException e) {
      throw failed("read", e);
    } finally {
      turn.unlock();
    }
  }

  /// Does all of these changes or none; they are on disk.
  public void write(List<Change> changes) {
    write(changes, Durable.ON_DISK);
  }

  /// Does all of these changes or none.
  public void write(List<Change> changes, Durable durable) {
    Ticket mine = new Ticket(List.copyOf(changes), durable);
    synchronized (gate) {
      waiting.add(mine);
    }
    turn.lock();
    try {
      if (!mine.done) {
        List<Ticket> group;
        synchronized (gate) {
          group = waiting;
          waiting = new ArrayList<>();
        }
        commit(group);
      }
    } finally {
      turn.unlock();
    }
    SQLException failure = mine.failure;
    if (failure != null) {
      throw failed("write", failure);
    }
  }

  public void put(String kind, String id, String body) {
    write(List.of(new Change.Put(kind, id, body)));
  }

  public void delete(String kind, String id) {
    write(List.of(new Change.Delete(kind, id)));
  }

  private void commit(List<Ticket> group) {
    SQLException failure = attempt(group);
    if (failure != null && DiskFull.isBehind(failure) && reserve.release()) {
      failure = attempt(group);
    }
    if (failure == null) {
      reserve.keep();
    }
    for (Ticket ticket : group) {
      ticket.failure = failure;
      ticket.done = true;
    }
  }

  /// Transactions are begun and ended by hand: when the disk is full SQLite rolls back by itself,
  /// the driver's commit and rollback do not know, and after them nothing could be written any
  /// more.
  private @Nullable SQLException attempt(List<Ticket> group) {
    try (Statement transaction = connection.createStatement()) {
      switchTo(
          group.stream().allMatch(t -> t.durable == Durable.WRITTEN)
              ? Durable.WRITTEN
              : Durable.ON_DISK,
          transaction);
      transaction.execute("BEGIN IMMEDIATE");
      try {
        changeAll(group);
        transaction.execute("COMMIT");
        return null;
      } catch (SQLException e) {
        try {
          transaction.execute("ROLLBACK");
        } catch (SQLException again) {
          // There is nothing to roll back any more.
          e.addSuppressed(again);
        }
        return e;
      }
    } catch (SQLException e) {
      return e;
    }
  }

  /// Before a transaction: within one SQLite would not take it.
  private void switchTo(Durable durable, Statement statement) throws SQLException {
    if (mode != durable) {
      statement.execute(
          switch (durable) {
            case ON_DISK -> "PRAGMA synchronous=FULL";
            case WRITTEN -> "PRAGMA synchronous=NORMAL";
          });
      mode = durable;
    }
  }

  private void changeAll(List<Ticket> group) throws SQLException {
    try (PreparedStatement put =
            connection.prepareStatement(
                "INSERT INTO record VALUES(?,?,?)"
                    + " ON CONFLICT DO UPDATE SET body=excluded.body WHERE body IS NOT excluded.body");
        PreparedStatement delete =
            connection.prepareStatement("DELETE FROM record WHERE kind=? AND id=?")) {
      for (Ticket ticket : group) {
        for (Change change : ticket.changes) {
          switch (change) {
            case Change.Put(String kind, String id, String body) -> {
              put.setString(1, kind);
              put.setString(2, id);
              put.setString(3, body);
              put.executeUpdate();
            }
            case Change.Delete(String kind, String id) -> {
              delete.setString(1, kind);
              delete.setString(2, id);
              delete.executeUpdate();
            }
          }
        }
      }
    }
  }

  private GraftException failed(String verb, SQLException e) {
    String tried = "cannot " + verb + " the metadata store " + file;
    DiskFull.check(tried, file, e);
    return GraftException.internal(tried + ": " + e.getMessage(), e);
  }

  @Override
  public void close() throws IOException {
    turn.lock();
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IOException("cannot close the metadata store " + file, e);
    } finally {
      turn.unlock();
    }
  }
}
