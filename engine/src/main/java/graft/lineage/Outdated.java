package graft.lineage;

import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.ImageConfig;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.registry.Credentials;
import graft.registry.Registries;
import graft.registry.Repository;
import graft.registry.Resolved;
import graft.tree.Tree;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
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
/// digests, several at once; nothing is pulled.
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
  /// @param created empty if the registry was not asked
  public record Newer(Digest digest, Optional<Instant> created) {}

  /// @param base of an image that was pulled: itself
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
  private record Said(Optional<Resolved> resolved, Optional<Instant> created, String trouble) {
    static Said nothing(String why) {
      return new Said(Optional.empty(), Optional.empty(), why);
    }
  }

  /// All images of a tree, parents before their children.
  List<Answer> all(Tree tree, Credentials credentials) throws InterruptedException {
    Map<Digest, Base> bases = new HashMap<>();
    Set<Reference> names = new LinkedHashSet<>();
    for (Tree.Node node : tree.nodes()) {
      Optional<Base> base = images.byId(node.id()).flatMap(image -> base(tree, node, image));
      base.ifPresent(b -> {
        bases.put(node.id(), b);
        if (b.digest().isPresent() && !isHome(b)) {
          reference(b.name()).ifPresent(names::add);
        }
      });
    }
    Map<Reference, Said> said = ask(names, credentials);
    List<Answer> answers = new ArrayList<>();
    for (Tree.Node node : tree.nodes()) {
      if (images.byId(node.id()).isPresent()) {
        answers.add(answer(node, Optional.ofNullable(bases.get(node.id())), said));
      }
    }
    return answers;
  }

  private static Optional<Reference> reference(String name) {
    try {
      return Optional.of(Reference.parse(name).withDefaultTag());
    } catch (GraftException e) {
      return Optional.empty();
    }
  }

  /// What an image says, else what it is known to derive from, else itself if it is of a registry.
  private Optional<Base> base(Tree tree, Tree.Node node, ImageRecord image) {
    if (image.base().isPresent() && !image.base().get().name().isEmpty()) {
      ImageRecord.Base said = image.base().get();
      return Optional.of(new Base(said.name(), said.digest(), node.parent().flatMap(this::isHere)));
    }
    Optional<ImageRecord> parent =
        node.parent().flatMap(tree::node).map(Tree.Node::id).flatMap(images::byId);
    Optional<ImageRecord> whose = parent.isPresent() ? parent : Optional.of(image);
    return whose
        .filter(w -> !w.names().isEmpty() && (parent.isPresent() || !w.digests().isEmpty()))
        .map(w ->
            new Base(
                w.names().getFirst().familiar(),
                digest(w, w.names().getFirst()),
                Optional.of(w.id())));
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

  private Map<Reference, Said> ask(Set<Reference> names, Credentials credentials)
      throws InterruptedException {
    Semaphore room = new Semaphore(AT_ONCE);
    Map<Reference, Said> said = new HashMap<>();
    try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<Reference, Future<Said>> asked = new HashMap<>();
      for (Reference name : names) {
        asked.put(
            name,
            each.submit(() -> {
              room.acquire();
              try {
                return ask(name, credentials);
              } finally {
                room.release();
              }
            }));
      }
      for (Map.Entry<Reference, Future<Said>> one : asked.entrySet()) {
        said.put(one.getKey(), one.getValue().get());
      }
    } catch (ExecutionException e) {
      throw GraftException.internal("cannot ask registries for digests", e);
    }
    return said;
  }

  private Said ask(Reference name, Credentials credentials) {
    try {
      Repository repository = registries.repository(name, credentials);
      Resolved found = repository.inspect(name);
      return new Said(Optional.of(found), created(repository, found), "");
    } catch (GraftException e) {
      return Said.nothing(name.familiar() + ": " + e.text());
    }
  }

  /// Of this machine's platform, or the only one.
  private static Optional<Instant> created(Repository repository, Resolved found) {
    Optional<Document.Manifest> manifest =
        switch (found.document()) {
          case Document.Manifest m -> Optional.of(m);
          case Document.Index index ->
              index
                  .select(Platform.host())
                  .map(m -> repository.manifest(m.digest()).document())
                  .flatMap(
                      d -> d instanceof Document.Manifest m ? Optional.of(m) : Optional.empty());
        };
    return manifest.flatMap(m -> ImageConfig.parse(repository.document(m.config())).created());
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
    if (answer.resolved().isEmpty()) {
      return unknown(node, base, answer.trouble());
    }
    Digest remote = answer.resolved().get().descriptor().digest();
    if (remote.equals(had) || isOf(answer.resolved().get(), had)) {
      return new Answer(node.id(), node.names(), base, Optional.empty(), State.CURRENT, "");
    }
    return new Answer(
        node.id(),
        node.names(),
        base,
        Optional.of(new Newer(remote, answer.created())),
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
  private static boolean isOf(Resolved found, Digest digest) {
    return found.document() instanceof Document.Index index
        && index.manifests().stream().anyMatch(m -> m.digest().equals(digest));
  }

  private static Answer unknown(Tree.Node node, Optional<Base> base, String reason) {
    return new Answer(node.id(), node.names(), base, Optional.empty(), State.UNKNOWN, reason);
  }
}
