package graft.images;

import graft.error.GraftException;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.trash.Trash;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Taking names and images away, by Docker's rules.
///
/// A name is just untagged while others are left. The last name takes the image with it, unless a
/// container or another image stands on it. An id takes all names with it, if they are of one
/// repository or `force` is given. Source: engine-api 1.51, `DELETE /images/{name}`; conflict texts
/// as moby v28.5.2 has them, which clients match on.
final class Removal {
  private static final int MOST_NAMED = 10;

  private final Catalog catalog;
  private final Function<Digest, List<ImageUser>> users;
  private final Predicate<Digest> pinned;
  private final Sweep sweep;
  private final Trash trash;

  Removal(
      Catalog catalog,
      Function<Digest, List<ImageUser>> users,
      Predicate<Digest> pinned,
      Sweep sweep,
      Trash trash) {
    this.catalog = catalog;
    this.users = users;
    this.pinned = pinned;
    this.sweep = sweep;
    this.trash = trash;
  }

  /// @param given the words of the user
  /// @param prune also remove untagged parents that nothing stands on any more
  List<Removed> remove(String given, boolean force, boolean prune) throws IOException {
    if (given.isBlank()) {
      throw GraftException.invalid("image name cannot be blank");
    }
    ImageRecord image =
        Lookup.find(catalog.picture(), given).orElseThrow(() -> Lookup.missing(given));
    Done done = new Done(image, Trash.newGroup(), new ArrayList<>());
    Optional<Reference> name = nameIn(image, given);
    if (name.isPresent()) {
      removeName(image, name.get(), given, force, prune, done);
    } else {
      removeById(image, given, force, prune, done);
    }
    return done.all();
  }

  /// What one removal does.
  ///
  /// @param asked the image that was meant, with the names that it had
  /// @param group under which all of it comes back
  private record Done(ImageRecord asked, String group, List<Removed> all) {
    void add(Removed removed) {
      all.add(removed);
    }
  }

  /// The name that was meant, if a name was.
  private static Optional<Reference> nameIn(ImageRecord image, String given) {
    try {
      Reference r = Reference.parse(given).withDefaultTag();
      Reference key = r.digest().map(r::withDigest).orElse(r);
      return image.names().contains(key) || image.digests().contains(key)
          ? Optional.of(key)
          : Optional.empty();
    } catch (GraftException e) {
      return Optional.empty();
    }
  }

  private void removeName(
      ImageRecord image, Reference name, String given, boolean force, boolean prune, Done done)
      throws IOException {
    boolean last = isSingleReference(image);
    if (last && !force) {
      refuseIfPinned(image, given);
      for (ImageUser user : users.apply(image.id())) {
        throw GraftException.conflict(
            "conflict: unable to remove repository reference \""
                + given
                + "\" (must force) - container "
                + user.shortId()
                + " is using its referenced image "
                + image.id().shortHex());
      }
    }
    untag(name, done);
    // The digest names of a repository go with its last tag.
    ImageRecord now = catalog.byId(image.id()).orElse(image);
    boolean moreTags = now.names().stream().anyMatch(n -> n.name().equals(name.name()));
    if (!moreTags) {
      now.digests().stream().filter(d -> d.name().equals(name.name())).forEach(d -> untag(d, done));
    }
    now = catalog.byId(image.id()).orElse(now);
    boolean kept =
        !now.names().isEmpty()
            || !now.digests().isEmpty()
            || !users.apply(now.id()).isEmpty()
            || hasChildren(now.id());
    if (!kept) {
      delete(now, prune, done);
    }
  }

  /// One tag, with or without the digest names of the same repository.
  private static boolean isSingleReference(ImageRecord image) {
    if (image.names().size() > 1) {
      return false;
    }
    Set<String> repositories = new HashSet<>();
    image.names().forEach(n -> repositories.add(n.name()));
    image.digests().forEach(n -> repositories.add(n.name()));
    return repositories.size() <= 1;
  }

  private void removeById(ImageRecord image, String given, boolean force, boolean prune, Done done)
      throws IOException {
    List<ImageRecord> children = children(image.id());
    if (!children.isEmpty()) {
      // Docker's words, and then which.
      throw conflict(
          given, "cannot be forced", "image has dependent child images: " + named(children));
    }
    for (ImageUser user : users.apply(image.id())) {
      if (user.running()) {
        throw conflict(
            given,
            "cannot be forced",
            "image is being used by running container " + user.shortId());
      }
    }
    if (!force) {
      refuseIfPinned(image, given);
      if (!isSingleReference(image) && image.names().size() + image.digests().size() > 1) {
        throw conflict(given, "must be forced", "image is referenced in multiple repositories");
      }
      for (ImageUser user : users.apply(image.id())) {
        throw conflict(
            given, "must be forced", "image is being used by stopped container " + user.shortId());
      }
    }
    image.names().forEach(n -> untag(n, done));
    image.digests().forEach(n -> untag(n, done));
    delete(image, prune, done);
  }

  private void refuseIfPinned(ImageRecord image, String given) {
    if (pinned.test(image.id())) {
      throw conflict(
          given,
          "must be forced",
          "image is pinned, or a roll-out can be taken back to it; 'graft unpin' or"
              + " 'graft rollback --forget' lets it go");
    }
  }

  private static GraftException conflict(String given, String how, String why) {
    return GraftException.conflict(
        "conflict: unable to delete " + given + " (" + how + ") - " + why);
  }

  private void untag(Reference name, Done done) {
    catalog.unname(name);
    done.add(new Removed.Untagged(name.familiar()));
  }

  /// Off the records; into the trash if that is kept.
  private void forget(ImageRecord image, Done done) {
    ImageRecord was = image.id().equals(done.asked().id()) ? done.asked() : image;
    if (!trash.keeps()) {
      catalog.remove(was, List.of());
      return;
    }
    List<String> holds = was.holds().stream().map(Digest::toString).toList();
    Trash.Entry entry =
        trash.entry(
            done.group(),
            Trash.Kind.IMAGE,
            was.id().toString(),
            was.names().isEmpty() ? was.id().shortHex() : was.names().getFirst().familiar(),
            holds,
            Catalog.print(was));
    trash.add(entry);
    try {
      catalog.remove(was, List.of(trash.put(entry)));
    } catch (RuntimeException e) {
      trash.withdraw(entry);
      throw e;
    }
  }

  /// Past the trash; not if anything needs it.
  void discard(Digest id) throws IOException {
    Optional<ImageRecord> image = catalog.byId(id);
    if (image.isPresent()
        && image.get().names().isEmpty()
        && image.get().digests().isEmpty()
        && !hasChildren(id)
        && users.apply(id).isEmpty()) {
      catalog.remove(image.get(), List.of());
      var _ = sweep.after(image.get());
    }
  }

  private boolean hasChildren(Digest id) {
    return !children(id).isEmpty();
  }

  private List<ImageRecord> children(Digest id) {
    return catalog.picture().list().stream()
        .filter(image -> image.parent().filter(id::equals).isPresent())
        .toList();
  }

  private static String named(List<ImageRecord> images) {
    String some =
        images.stream()
            .limit(MOST_NAMED)
            .map(i -> i.names().isEmpty() ? i.id().shortHex() : i.names().getFirst().familiar())
            .collect(Collectors.joining(", "));
    int more = images.size() - MOST_NAMED;
    return more > 0 ? some + " and " + more + " more" : some;
  }

  private void delete(ImageRecord image, boolean prune, Done done) throws IOException {
    forget(image, done);
    done.add(new Removed.Deleted(image.id()));
    sweep.after(image).forEach(chain -> done.add(new Removed.Deleted(chain)));
    if (!prune || image.parent().isEmpty()) {
      return;
    }
    Optional<ImageRecord> parent = catalog.byId(image.parent().get());
    if (parent.isPresent()
        && parent.get().names().isEmpty()
        && parent.get().digests().isEmpty()
        && !hasChildren(parent.get().id())
        && !pinned.test(parent.get().id())
        && users.apply(parent.get().id()).isEmpty()) {
      delete(parent.get(), true, done);
    }
  }
}
