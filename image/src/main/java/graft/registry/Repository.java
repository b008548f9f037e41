package graft.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.content.ContentStore;
import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.Json;
import graft.oci.MediaTypes;
import graft.oci.Reference;
import graft.registry.Endpoint.Capability;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One repository in one registry, seen with one login. Thread safe; callers move several blobs at
/// once on threads of their own.
///
/// Source: OCI distribution-spec v1.1. Failures are [GraftException]s with Docker's texts.
public final class Repository {
  private static final int MAX_MANIFEST = 8 * 1024 * 1024;
  private static final int MAX_TAGS = 1_000_000;
  static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;.*?rel\\s*=\\s*\"?next\"?");
  private static final String ACCEPT =
      String.join(
          ", ",
          MediaTypes.OCI_INDEX,
          MediaTypes.DOCKER_INDEX,
          MediaTypes.OCI_MANIFEST,
          MediaTypes.DOCKER_MANIFEST,
          "*/*;q=0.1");
  private final Registries home;
  private final String registry;
  private final String name;
  private final Credentials credentials;

  private final Map<String, Account> accounts = new ConcurrentHashMap<>();

  /// How a blob came to be at the other end.
  public enum Pushed {
    /// It was there.
    EXISTS,
    /// It was in another repository of the same registry.
    MOUNTED,
    UPLOADED
  }

  Repository(Registries home, String registry, String name, Credentials credentials) {
    this.home = home;
    this.registry = registry;
    this.name = name;
    this.credentials = credentials;
  }

  private interface Task<T> {
    T run(Session session) throws IOException;
  }

  /// Runs the task at the first endpoint that can do it; mirrors come before the registry itself.
  private <T> T any(Capability capability, Task<T> task) throws IOException {
    RequestFailed last = null;
    for (Endpoint endpoint : home.endpoints(registry, capability)) {
      try {
        return task.run(session(endpoint));
      } catch (RequestFailed e) {
        last = e;
      }
    }
    throw Objects.requireNonNull(last);
  }

  private Session session(Endpoint endpoint) {
    // A mirror is another host: it never sees the login of the registry that it mirrors.
    String authority = endpoint.authority();
    String whose = authority.equals("registry-1.docker.io") ? Reference.DOCKER_HUB : authority;
    return new Session(
        home, endpoint, accounts.computeIfAbsent(whose, name -> new Account(name, credentials)));
  }

  private <T> T graft(Retry.Attempt<T> attempt) {
    try {
      return attempt.run();
    } catch (RequestFailed e) {
      throw e.toGraft();
    } catch (IOException e) {
      throw GraftException.internal("cannot talk to " + registry + ": " + e.getMessage(), e);
    }
  }

  private Set<String> pull() {
    return Set.of("repository:" + name + ":pull");
  }

  private Set<String> push() {
    return Set.of("repository:" + name + ":pull,push");
  }

  /// What the reference's digest or tag stands for, `latest` if it has neither. NOT_FOUND in the
  /// words of `docker pull`.
  public Resolved resolve(Reference asked) {
    Reference reference = asked.withDefaultTag();
    try {
      return any(Capability.RESOLVE, s -> find(s, reference));
    } catch (RequestFailed e) {
      if (e.status() == 404) {
        throw e.toGraft(
            Kind.NOT_FOUND, "manifest for " + reference.familiar() + " not found: " + e.text());
      }
      if (e.hasCode("DENIED") && e.status() != 429) {
        throw e.toGraft(
            Kind.NOT_FOUND,
            "pull access denied for "
                + reference.familiarName()
                + ", repository does not exist or may require 'docker login': "
                + e.text());
      }
      throw e.toGraft();
    } catch (IOException e) {
      throw GraftException.internal("cannot resolve " + reference.familiar(), e);
    }
  }

  /// The same without the words of `docker pull` around the registry's own.
  public Resolved inspect(Reference asked) {
    return graft(() -> any(Capability.RESOLVE, s -> find(s, asked.withDefaultTag())));
  }

  /// HEAD first: it tells the digest without counting as a pull, and the GET by digest that follows
  /// cannot see another image than the HEAD did. A registry that dislikes HEAD is asked with GET.
  private Resolved find(Session session, Reference reference) throws IOException {
    if (reference.digest().isPresent()) {
      return fetch(session, reference.digest().get().toString(), reference.digest());
    }
    String tag = reference.tag().orElseThrow();
    Optional<Digest> digest = head(session, tag);
    return fetch(session, digest.map(Digest::toString).orElse(tag), digest);
  }

  private Optional<Digest> head(Session session, String tag) throws IOException {
    Call head = Call.of("HEAD", manifests(tag), pull()).with("Accept", ACCEPT);
    try (Answer answer = session.ask(head, 200, 404, 405, 401, 403, 400)) {
      return answer.status() == 200
          ? answer.header("Docker-Content-Digest").filter(Digest::isDigest).map(Digest::parse)
          : Optional.empty();
    }
  }

  /// What is behind a tag, in one request that registries do not count as a pull; another one where
  /// it is not answered, for the registry's reason.
  public Digest digest(Reference asked) {
    Reference wanted = asked.withDefaultTag();
    return graft(() ->
        any(
            Capability.RESOLVE,
            session -> {
              Optional<Digest> told =
                  wanted.digest().isPresent()
                      ? wanted.digest()
                      : head(session, wanted.tag().orElseThrow());
              return told.isPresent() ? told.get() : find(session, wanted).descriptor().digest();
            }));
  }

  private Resolved fetch(Session session, String which, Optional<Digest> wanted)
      throws IOException {
    return home.retry()
        .run(() -> {
          Call get = Call.of("GET", manifests(which), pull()).with("Accept", ACCEPT);
          try (Answer answer = session.once(get, 200)) {
            byte[] bytes = answer.bytes(MAX_MANIFEST);
            String type = answer.header("Content-Type").orElse("");
            Document document = Document.parse(bytes, type);
            Digest digest = check(bytes, wanted, answer.header("Docker-Content-Digest"));
            return new Resolved(
                new Descriptor(document.mediaType(), digest, bytes.length), document);
          }
        });
  }

  private Digest check(byte[] bytes, Optional<Digest> wanted, Optional<String> told) {
    Optional<Digest> header = told.filter(Digest::isDigest).map(Digest::parse);
    for (Optional<Digest> expected : List.of(wanted, header)) {
      if (expected.isPresent()) {
        Digest digest = expected.get();
        Digest real = new Digest(digest.algorithm(), hex(digest.newHash().digest(bytes)));
        if (!real.equals(digest)) {
          throw GraftException.corrupt(
              "manifest verification failed for digest " + digest + ": the bytes have " + real);
        }
      }
    }
    return wanted.or(() -> header).orElseGet(() -> Digest.of(bytes));
  }

  private static String hex(byte[] value) {
    return HexFormat.of().formatHex(value);
  }

  private String manifests(String which) {
    return "/" + name + "/manifests/" + which;
  }

  private String blobs(Digest digest) {
    return "/" + name + "/blobs/" + digest;
  }

  /// The manifest or index of this digest, verified.
  public Resolved manifest(Digest digest) {
    return graft(() -> any(Capability.PULL, s -> fetch(s, digest.toString(), Optional.of(digest))));
  }

  /// The bytes of a blob from `offset`, not verified. [BlobStream#offset] tells where they really
  /// begin: a server may ignore the wish.
  public BlobStream blob(Descriptor blob, long offset) {
    return graft(() -> home.retry().run(() -> openBlob(blob, offset)));
  }

  /// One try.
  BlobStream openBlob(Descriptor blob, long offset) throws IOException {
    return any(
        Capability.PULL,
        session -> {
          Call call = Call.of("GET", blobs(blob.digest()), pull());
          if (offset > 0) {
            call = call.with("Range", "bytes=" + offset + "-");
          }
          Answer answer = session.once(call, 200, 206);
          return BlobStream.of(answer, blob, offset);
        });
  }

  /// Brings a blob into the store, verified there. Goes on where an earlier try, of this process or
  /// another, broke off. Nothing happens if the blob is there.
  public void download(Descriptor blob, ContentStore store, Progress progress) throws IOException {
    try {
      new Download(this, home.retry(), blob, store, progress).run();
    } catch (RequestFailed e) {
      throw e.toGraft();
    }
  }

  /// The small documents of an image, an image config above all: whole and verified. INVALID if it
  /// is larger than a manifest may be.
  public byte[] document(Descriptor blob) {
    if (blob.size() > MAX_MANIFEST) {
      throw GraftException.invalid(blob.digest() + " is too large: " + blob.size() + " bytes");
    }
    return graft(() ->
        home.retry()
            .run(() -> {
              try (BlobStream stream = openBlob(blob, 0)) {
                byte[] bytes = stream.bytes().readNBytes((int) blob.size());
                check(bytes, Optional.of(blob.digest()), Optional.empty());
                return bytes;
              }
            }));
  }

  /// All tags, in the registry's order.
  public List<String> tags() {
    return graft(() -> any(Capability.RESOLVE, this::tags));
  }

  private List<String> tags(Session session) throws IOException {
    List<String> all = new ArrayList<>();
    String target = "/" + name + "/tags/list";
    while (!target.isEmpty() && all.size() < MAX_TAGS) {
      try (Answer answer = session.ask(Call.of("GET", target, pull()), 200)) {
        JsonNode root = Json.object(answer.bytes(MAX_MANIFEST), "the list of tags");
        List<String> page = Json.texts(root, "tags").orElse(List.of());
        all.addAll(page);
        Matcher next = NEXT.matcher(answer.header("Link").orElse(""));
        target = next.find() && !page.isEmpty() ? session.next(answer, next.group(1)) : "";
      }
    }
    return all;
  }

  /// The manifests that name `subject` as theirs; empty where the registry knows none.
  public List<Descriptor> referrers(Digest subject) {
    return graft(() ->
        any(
            Capability.RESOLVE,
            session -> {
              Call call = Call.of("GET", "/" + name + "/referrers/" + subject, pull());
              try (Answer answer = session.ask(call, 200, 404)) {
                if (answer.status() == 200) {
                  return entries(answer);
                }
              }
              Call old =
                  Call.of("GET", manifests(tagOfReferrers(subject)), pull()).with("Accept", ACCEPT);
              try (Answer answer = session.ask(old, 200, 404)) {
                return answer.status() == 200 ? entries(answer) : List.of();
              }
            }));
  }

  private static List<Descriptor> entries(Answer answer) throws IOException {
    byte[] bytes = answer.bytes(MAX_MANIFEST);
    return Document.parse(bytes, MediaTypes.OCI_INDEX) instanceof Document.Index index
        ? index.manifests()
        : List.of();
  }

  /// True where the registry has the blob in this repository.
  public boolean hasBlob(Digest digest) {
    return graft(() -> hasBlob(pushSession(), digest));
  }

  private boolean hasBlob(Session session, Digest digest) throws IOException {
    try (Answer answer = session.ask(Call.of("HEAD", blobs(digest), push()), 200, 404)) {
      return answer.status() == 200;
    }
  }

  private Session pushSession() {
    return session(home.endpoints(registry, Capability.PUSH).getFirst());
  }

  /// Pushes a blob of known size and digest unless it is there. `from` are repositories of the same
  /// registry that may have it.
  public Pushed push(Descriptor blob, BlobSource source, List<String> from, Progress progress) {
    return graft(() -> {
      Session session = pushSession();
      if (hasBlob(session, blob.digest())) {
        progress.at(blob.size(), blob.size());
        return Pushed.EXISTS;
      }
      if (mount(session, blob.digest(), from, progress)) {
        progress.at(blob.size(), blob.size());
        return Pushed.MOUNTED;
      }
      new Upload(session, home.retry(), name, push(), progress).send(blob, source);
      return Pushed.UPLOADED;
    });
  }

  /// Makes a blob of one of these repositories of the same registry known here too; false where the
  /// registry does not do that, or none has it.
  public boolean mount(Digest digest, List<String> from) {
    return graft(() -> mount(pushSession(), digest, from, Progress.NONE));
  }

  private boolean mount(Session session, Digest digest, List<String> from, Progress progress)
      throws IOException {
    Upload upload = new Upload(session, home.retry(), name, push(), progress);
    for (String other : from) {
      if (!other.equals(name) && upload.mount(digest, other)) {
        return true;
      }
    }
    return false;
  }

  /// Pushes bytes whose size and digest show only at their end.
  public Descriptor push(String mediaType, InputStream bytes, Progress progress) {
    return graft(() ->
        new Upload(pushSession(), home.retry(), name, push(), progress).send(mediaType, bytes));
  }

  /// Puts a manifest or index under a tag, or under its digest alone. What it names must be there.
  public Descriptor push(Document document, Optional<String> tag) {
    Descriptor descriptor = document.descriptor();
    byte[] bytes = document.raw().bytes();
    String which = tag.orElse(descriptor.digest().toString());
    return graft(() -> {
      Call put =
          Call.of("PUT", manifests(encode(which)), push())
              .with("Content-Type", document.mediaType())
              .with(bytes, bytes.length);
      try (Answer answer = pushSession().ask(put, 200, 201, 202)) {
        Optional<String> told = answer.header("Docker-Content-Digest");
        check(bytes, Optional.empty(), told);
      }
      return descriptor;
    });
  }

  /// Puts a manifest under its digest, so that [#referrers] of its subject finds it. What it names
  /// must be there. For registries that keep no such list, one is kept under a tag for them.
  ///
  /// Source: OCI distribution-spec v1.1, "Referrers Tag Schema".
  ///
  /// @param artifactType of the manifest
  public Descriptor refer(Document.Manifest manifest, String artifactType) {
    Descriptor subject =
        manifest.subject().orElseThrow(() -> new IllegalArgumentException("no subject"));
    Descriptor descriptor = manifest.descriptor();
    byte[] bytes = manifest.raw().bytes();
    return graft(() -> {
      Session session = pushSession();
      Call put =
          Call.of("PUT", manifests(descriptor.digest().toString()), push())
              .with("Content-Type", manifest.mediaType())
              .with(bytes, bytes.length);
      boolean listed;
      try (Answer answer = session.ask(put, 200, 201, 202)) {
        check(bytes, Optional.empty(), answer.header("Docker-Content-Digest"));
        listed = answer.header("OCI-Subject").isPresent();
      }
      if (!listed) {
        list(session, subject.digest(), descriptor, artifactType);
      }
      return descriptor;
    });
  }

  private static String tagOfReferrers(Digest subject) {
    return subject.algorithm() + "-" + subject.hex();
  }

  private void list(Session session, Digest subject, Descriptor one, String artifactType)
      throws IOException {
    String tag = tagOfReferrers(subject);
    ObjectNode index = Json.MAPPER.createObjectNode();
    index.put("schemaVersion", 2);
    index.put("mediaType", MediaTypes.OCI_INDEX);
    index.putArray("manifests");
    try (Answer answer =
        session.ask(Call.of("GET", manifests(tag), pull()).with("Accept", ACCEPT), 200, 404)) {
      if (answer.status() == 200) {
        index = Json.object(answer.bytes(MAX_MANIFEST), "the list of referrers of " + subject);
      }
    }
    ArrayNode all = index.withArray("manifests");
    for (JsonNode known : all) {
      if (known.path("digest").asText().equals(one.digest().toString())) {
        return;
      }
    }
    ObjectNode entry = all.addObject();
    entry.put("mediaType", one.mediaType());
    entry.put("digest", one.digest().toString());
    entry.put("size", one.size());
    entry.put("artifactType", artifactType);
    byte[] bytes = Json.bytes(index);
    Call put =
        Call.of("PUT", manifests(tag), push())
            .with("Content-Type", MediaTypes.OCI_INDEX)
            .with(bytes, bytes.length);
    session.ask(put, 200, 201, 202).close();
  }

  private static String encode(String which) {
    return Digest.isDigest(which) ? which : URLEncoder.encode(which, StandardCharsets.UTF_8);
  }
}
