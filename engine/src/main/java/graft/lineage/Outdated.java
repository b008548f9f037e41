package graft.lineage;

import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.Reference;
import graft.registry.Credentials;
import graft.registry.Registries;
import graft.registry.Repository;
import graft.tree.Tree;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/// Whether the tags that images stand on are something newer by now. Registries are asked for
/// digests, several at once: one request each, which they do not count as a pull, and where that is
/// another digest than an image has, one for the manifest. No blob is fetched.
public final class Outdated {
  private static final int AT_ONCE = 8;

  public enum State {
    CURRENT,
    OUTDATED,
    UNKNOWN
  }

  /// @param digest under which the image has it
  /// @param here the image that it is, if that is here
  public record Base(String name, Optional<Digest> digest, Optional<Digest> here) {}

  /// What a tag is now.
  ///
  /// @param created if the manifest or index says so
  public record Newer(Digest digest, Optional<Instant> created) {}

  /// @param base itself, if it is what has moved on in its registry
  /// @param newer of one that is outdated
  /// @param reason a sentence without its end; empty if it is current
  public record Answer(
      Digest image,
      List<String> names,
      Optional<Base> base,
      Optional<Newer> newer,
      State state,
      String reason) {}

  private final Images images;
  private final Registries registries;

  Outdated(Images images, Registries registries) {
    this.images = images;
    this.registries = registries;
  }

  /// What a registry says of a name, or why it said nothing.
  ///
  /// @param document if the digest alone does not tell enough
  private record Said(Optional<Digest> digest, Optional<Document> document, String trouble) {
    static Said nothing(String why) {
      return new Said(Optional.empty(), Optional.empty(), why);
    }
  }

  /// All images of a tree, parents before their children.
  List<Answer> all(Tree tree, Credentials credentials) throws InterruptedException {
    Map<Digest, List<Base>> bases = new HashMap<>();
    Map<Reference, Set<Digest>> names = new LinkedHashMap<>();
    for (Tree.Node node : tree.nodes()) {
      List<Base> all =
          images.byId(node.id()).map(image -> bases(tree, node, image)).orElse(List.of());
      bases.put(node.id(), all);
      for (Base base : all) {
        if (base.digest().isPresent() && !isHome(base)) {
          reference(base.name())
              .ifPresent(n ->
                  names.computeIfAbsent(n, _ -> new HashSet<>()).add(base.digest().orElseThrow()));
        }
      }
    }
    Map<Reference, Said> said = ask(names, credentials);
    List<Answer> answers = new ArrayList<>();
    for (Tree.Node node : tree.nodes()) {
      if (images.byId(node.id()).isPresent()) {
        answers.add(answer(node, bases.getOrDefault(node.id(), List.of()), said));
      }
    }
    return answers;
  }

  /// Of the first that is outdated; else of what it stands on.
  private Answer answer(Tree.Node node, List<Base> bases, Map<Reference, Said> said) {
    List<Answer> all =
        bases.isEmpty()
            ? List.of(answer(node, Optional.empty(), said))
            : bases.stream().map(b -> answer(node, Optional.of(b), said)).toList();
    return all.stream()
        .filter(a -> a.state() == State.OUTDATED)
        .findFirst()
        .orElseGet(all::getFirst);
  }

  private static Optional<Reference> reference(String name) {
    try {
      return Optional.of(Reference.parse(name).withDefaultTag());
    } catch (GraftException e) {
      return Optional.empty();
    }
  }

  /// What it stands on, and what it is called itself in a registry: either may have moved on.
  private List<Base> bases(Tree tree, Tree.Node node, ImageRecord image) {
    List<Base> all = new ArrayList<>();
    base(tree, node, image).ifPresent(all::add);
    for (Reference name : image.names()) {
      if (image.digests().stream().anyMatch(d -> d.name().equals(name.name()))) {
        all.add(new Base(name.familiar(), digest(image, name), Optional.of(image.id())));
      }
    }
    return all;
  }

  /// What an image says, else what it is known to derive from.
  private Optional<Base> base(Tree tree, Tree.Node node, ImageRecord image) {
    if (image.base().isPresent() && !image.base().get().name().isEmpty()) {
      ImageRecord.Base said = image.base().get();
      return Optional.of(new Base(said.name(), said.digest(), node.parent().flatMap(this::isHere)));
    }
    return node.parent()
        .flatMap(tree::node)
        .map(Tree.Node::id)
        .flatMap(images::byId)
        .filter(parent -> !parent.names().isEmpty())
        .map(parent ->
            new Base(
                parent.names().getFirst().familiar(),
                digest(parent, parent.names().getFirst()),
                Optional.of(parent.id())));
  }

  private Optional<Digest> isHere(Digest id) {
    return images.byId(id).map(ImageRecord::id);
  }

  /// Under which the registry of this name knows it; the manifest's own if it never was there.
  private static Optional<Digest> digest(ImageRecord image, Reference name) {
    return image.digests().stream()
        .filter(d -> d.name().equals(name.name()))
        .flatMap(d -> d.digest().stream())
        .findFirst()
        .or(() -> Optional.of(image.manifest().digest()));
  }

  /// @param names with the digests that images have of them
  private Map<Reference, Said> ask(Map<Reference, Set<Digest>> names, Credentials credentials)
      throws InterruptedException {
    Semaphore room = new Semaphore(AT_ONCE);
    Map<Reference, Said> said = new HashMap<>();
    try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<Reference, Future<Said>> asked = new HashMap<>();
      names.forEach((name, had) ->
          asked.put(
              name,
              each.submit(() -> {
                room.acquire();
                try {
                  return ask(name, had, credentials);
                } finally {
                  room.release();
                }
              })));
      for (Map.Entry<Reference, Future<Said>> one : asked.entrySet()) {
        said.put(one.getKey(), one.getValue().get());
      }
    } catch (ExecutionException e) {
      throw GraftException.internal("cannot ask registries for digests", e);
    }
    return said;
  }

  private Said ask(Reference name, Set<Digest> had, Credentials credentials) {
    try {
      Repository repository = registries.repository(name, credentials);
      Digest digest = repository.digest(name);
      Optional<Document> document =
          had.equals(Set.of(digest))
              ? Optional.empty()
              : Optional.of(repository.manifest(digest).document());
      return new Said(Optional.of(digest), document, "");
    } catch (GraftException e) {
      return Said.nothing(name.familiar() + ": " + e.text());
    }
  }

  /// The image's own date would be in a blob.
  private static Optional<Instant> created(Document document) {
    String said = document.annotations().getOrDefault("org.opencontainers.image.created", "");
    try {
      return said.isEmpty()
          ? Optional.empty()
          : Optional.of(OffsetDateTime.parse(said).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private Answer answer(Tree.Node node, Optional<Base> base, Map<Reference, Said> said) {
    if (base.isEmpty()) {
      return unknown(node, base, "it is not known which image of a registry it stands on");
    }
    Optional<Reference> name = reference(base.get().name());
    if (name.isEmpty()) {
      return unknown(node, base, "\"" + base.get().name() + "\" is no name of an image");
    }
    if (base.get().digest().isEmpty()) {
      return unknown(
          node, base, "it does not say which digest of " + base.get().name() + " it had");
    }
    // A tag that was moved on this machine counts first: that is what a build would take.
    Optional<ImageRecord> now = here(name.get());
    Digest had = base.get().digest().get();
    if (now.isPresent()
        && base.get().here().isPresent()
        && !now.get().id().equals(base.get().here().get())
        && !isCalled(now.get(), had)) {
      return new Answer(
          node.id(),
          node.names(),
          base,
          Optional.of(new Newer(now.get().id(), Optional.of(now.get().created()))),
          State.OUTDATED,
          base.get().name() + " is another image on this machine by now");
    }
    if (isHome(base.get())) {
      return new Answer(node.id(), node.names(), base, Optional.empty(), State.CURRENT, "");
    }
    Said answer = said.getOrDefault(name.get(), Said.nothing("it was not asked for"));
    if (answer.digest().isEmpty()) {
      return unknown(node, base, answer.trouble());
    }
    Digest remote = answer.digest().get();
    if (remote.equals(had) || answer.document().filter(d -> isOf(d, had)).isPresent()) {
      return new Answer(node.id(), node.names(), base, Optional.empty(), State.CURRENT, "");
    }
    return new Answer(
        node.id(),
        node.names(),
        base,
        Optional.of(new Newer(remote, answer.document().flatMap(Outdated::created))),
        State.OUTDATED,
        base.get().name() + " is another image in its registry by now");
  }

  /// Whether it was made on this machine and never was in a registry: none is asked for it.
  private boolean isHome(Base base) {
    return base.here().flatMap(images::byId).filter(i -> i.digests().isEmpty()).isPresent();
  }

  private Optional<ImageRecord> here(Reference name) {
    return images.list().stream().filter(i -> i.names().contains(name)).findFirst();
  }

  private static boolean isCalled(ImageRecord image, Digest digest) {
    return image.id().equals(digest)
        || image.manifest().digest().equals(digest)
        || image.digests().stream().anyMatch(d -> d.digest().filter(digest::equals).isPresent());
  }

  /// An image may have been recorded by the manifest of its platform.
  private static boolean isOf(Document found, Digest digest) {
    return found instanceof Document.Index index
        && index.manifests().stream().anyMatch(m -> m.digest().equals(digest));
  }

  private static Answer unknown(Tree.Node node, Optional<Base> base, String reason) {
    return new Answer(node.id(), node.names(), base, Optional.empty(), State.UNKNOWN, reason);
  }
}
