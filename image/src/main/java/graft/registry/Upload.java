package graft.registry;

import graft.oci.Descriptor;
import graft.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One blob on its way into a repository. Source: OCI distribution-spec v1.1, "Pushing blobs".
final class Upload {
  private static final int CHUNK = 8 * 1024 * 1024;
  private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,18})");
  private final Session session;
  private final Retry retry;
  private final String name;
  private final Set<String> scopes;
  private final Progress progress;

  /// An upload that a registry began where it was asked to mount.
  private Optional<Place> begun = Optional.empty();

  Upload(Session session, Retry retry, String name, Set<String> scopes, Progress progress) {
    this.session = session;
    this.retry = retry;
    this.name = name;
    this.scopes = scopes;
    this.progress = progress;
  }

  /// Where an upload goes on, and how many bytes the registry has.
  private record Place(String location, long offset) {}

  private String uploads() {
    return "/" + name + "/blobs/uploads/";
  }

  /// True where the registry took the blob from the other repository.
  boolean mount(Digest digest, String other) throws IOException {
    Call post =
        Call.of(
            "POST",
            uploads() + "?mount=" + digest + "&from=" + other,
            Set.of(scopes.iterator().next(), "repository:" + other + ":pull"));
    try (Answer answer = session.ask(post, 201, 202)) {
      if (answer.status() == 201) {
        return true;
      }
      begun = Optional.of(new Place(session.location(answer), 0));
      return false;
    } catch (RequestFailed e) {
      if (e.status() == 401 || e.status() == 403 || e.status() == 404) {
        return false;
      }
      throw e;
    }
  }

  private Place begin() throws IOException {
    Optional<Place> ready = begun;
    begun = Optional.empty();
    if (ready.isPresent()) {
      return ready.get();
    }
    try (Answer answer = session.ask(Call.of("POST", uploads(), scopes), 202)) {
      return new Place(session.location(answer), 0);
    }
  }

  /// Known size: one PUT of everything. If it breaks, the rest as a PATCH where the registry can
  /// tell how far it got, else everything again.
  void send(Descriptor blob, BlobSource source) throws IOException {
    Retry.Budget budget = retry.budget();
    Place place = begin();
    while (true) {
      try {
        if (place.offset() == 0) {
          finish(place, blob.digest(), body(source, 0, blob.size()));
        } else {
          Place end = patch(place, body(source, place.offset(), blob.size()));
          finish(end, blob.digest(), NOTHING);
        }
        progress.at(blob.size(), blob.size());
        return;
      } catch (RequestFailed e) {
        boolean startAgain = e.status() == 404 || e.status() == 416;
        budget.spend(startAgain ? e.another() : e);
        Place reached = startAgain ? begin() : status(place);
        if (reached.offset() > place.offset()) {
          budget.renew();
        }
        place = reached.offset() > blob.size() ? begin() : reached;
      }
    }
  }

  /// Unknown size: pieces that fit into memory, each of which can be sent again.
  Descriptor send(String mediaType, InputStream bytes) throws IOException {
    MessageDigest hash = Digest.newSha256();
    Place place = begin();
    byte[] chunk = new byte[CHUNK];
    while (true) {
      int n = bytes.readNBytes(chunk, 0, CHUNK);
      if (n == 0) {
        break;
      }
      hash.update(chunk, 0, n);
      place = piece(place, chunk, n);
      progress.at(place.offset(), -1);
      if (n < CHUNK) {
        break;
      }
    }
    Digest digest = Digest.sha256(hash.digest());
    Place end = place;
    retry.run(() -> finish(end, digest, NOTHING));
    return new Descriptor(mediaType, digest, end.offset());
  }

  private Place piece(Place start, byte[] chunk, int n) throws IOException {
    Retry.Budget budget = retry.budget();
    Place place = start;
    long end = start.offset() + n;
    while (true) {
      int done = (int) (place.offset() - start.offset());
      BlobSource rest =
          offset -> new ByteArrayInputStream(chunk, (int) (offset - start.offset()), n);
      try {
        return done == n ? place : patch(place, body(rest, place.offset(), end));
      } catch (RequestFailed e) {
        budget.spend(e);
        place = status(place);
        if (place.offset() < start.offset() || place.offset() > end) {
          throw e;
        }
      }
    }
  }

  private Place patch(Place place, Call.Payload payload) throws IOException {
    long end = place.offset() + payload.length();
    Call call =
        Call.of("PATCH", place.location(), scopes)
            .with("Content-Type", "application/octet-stream")
            .with("Content-Range", place.offset() + "-" + (end - 1))
            .with(payload);
    try (Answer answer = session.once(call, 202, 204)) {
      return new Place(session.location(answer), end);
    }
  }

  private Place finish(Place place, Digest digest, Call.Payload payload) throws IOException {
    String location = place.location();
    String target = location + (location.contains("?") ? "&" : "?") + "digest=" + digest;
    Call call =
        Call.of("PUT", target, scopes)
            .with("Content-Type", "application/octet-stream")
            .with(payload);
    try (Answer answer = session.once(call, 201, 204)) {
      return new Place(answer.uri().toString(), place.offset() + payload.length());
    }
  }

  /// How far the registry got. `0-0` is what it says of nothing (and of one byte).
  private Place status(Place place) throws IOException {
    Call get = Call.of("GET", place.location(), scopes);
    try (Answer answer = session.ask(get, 204, 202, 200, 404, 405)) {
      Matcher range = RANGE.matcher(answer.header("Range").orElse(""));
      if (answer.status() < 400 && range.matches()) {
        long last = Long.parseLong(range.group(1));
        return new Place(session.location(answer), last == 0 ? 0 : last + 1);
      }
    }
    return begin();
  }

  private Call.Payload body(BlobSource source, long from, long to) {
    return new Call.Payload() {
      @Override
      public long length() {
        return to - from;
      }

      @Override
      public InputStream open() throws IOException {
        return new Counted(source.open(from), from, to);
      }
    };
  }

  private static final Call.Payload NOTHING =
      new Call.Payload() {
        @Override
        public long length() {
          return 0;
        }

        @Override
        public InputStream open() {
          return InputStream.nullInputStream();
        }
      };

  private final class Counted extends FilterInputStream {
    private final long total;
    private long at;

    Counted(InputStream in, long at, long total) {
      super(in);
      this.at = at;
      this.total = total;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int n = in.read(into, offset, length);
      if (n > 0) {
        at += n;
        progress.at(at, total);
      }
      return n;
    }
  }
}
