package graft.images;

import graft.error.GraftException;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.ImageConfig;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.registry.Repository;
import graft.registry.Resolved;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;

/// The tags of a repository of a registry, and what stands behind them.
public final class RemoteTags {
  /// One tag.
  ///
  /// @param digest of the manifest or index
  /// @param size bytes to download for this machine's platform, or the only one; -1 if there is
  ///   none for it
  /// @param platforms that it has images for
  /// @param trouble why it could not be looked at; then the rest is empty
  public record Tag(
      String name,
      Optional<Digest> digest,
      long size,
      List<Platform> platforms,
      Optional<String> trouble) {}

  private static final int AT_ONCE = 8;

  private final Repository repository;

  public RemoteTags(Repository repository) {
    this.repository = repository;
  }

  /// Newest looking first: numbers in names count as numbers, so 1.10 comes before 1.9.
  public List<String> names(Predicate<String> wanted) {
    List<String> all = new ArrayList<>(repository.tags());
    all.removeIf(wanted.negate());
    all.sort(NATURAL.reversed());
    return all;
  }

  /// Looks at each of these, several at once, and answers in their order.
  public List<Tag> look(Reference name, List<String> tags) throws InterruptedException {
    Semaphore room = new Semaphore(AT_ONCE);
    try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Tag>> looks = new ArrayList<>();
      for (String tag : tags) {
        looks.add(
            each.submit(() -> {
              room.acquire();
              try {
                return look(name, tag);
              } finally {
                room.release();
              }
            }));
      }
      List<Tag> all = new ArrayList<>();
      for (Future<Tag> look : looks) {
        all.add(look.get());
      }
      return all;
    } catch (ExecutionException e) {
      throw GraftException.internal("cannot look at the tags of " + name.familiarName(), e);
    }
  }

  private Tag look(Reference name, String tag) {
    try {
      Resolved found = repository.inspect(name.withTag(tag));
      return switch (found.document()) {
        case Document.Manifest m ->
            new Tag(
                tag,
                Optional.of(found.descriptor().digest()),
                size(m),
                List.of(platform(m)),
                Optional.empty());
        case Document.Index index ->
            new Tag(
                tag,
                Optional.of(found.descriptor().digest()),
                size(index),
                platforms(index),
                Optional.empty());
      };
    } catch (GraftException e) {
      return new Tag(tag, Optional.empty(), -1, List.of(), Optional.of(e.text()));
    }
  }

  private long size(Document.Index index) {
    List<Descriptor> images =
        index.manifests().stream()
            .filter(m -> m.platform().filter(RemoteTags::real).isPresent())
            .toList();
    Optional<Descriptor> mine =
        index
            .select(Platform.host())
            .or(() -> images.stream().findFirst().filter(_ -> images.size() == 1));
    return mine.map(m -> repository.manifest(m.digest()).document()).stream()
        .mapToLong(d -> d instanceof Document.Manifest m ? size(m) : -1)
        .findFirst()
        .orElse(-1);
  }

  private static long size(Document.Manifest m) {
    return m.config().size() + m.layers().stream().mapToLong(Descriptor::size).sum();
  }

  /// What the config of a single manifest says.
  public Platform platform(Document.Manifest m) {
    return ImageConfig.parse(repository.document(m.config())).platform();
  }

  /// Attestations stand in an index as platform unknown/unknown.
  public static List<Platform> platforms(Document.Index index) {
    return index.manifests().stream()
        .flatMap(m -> m.platform().stream())
        .filter(RemoteTags::real)
        .distinct()
        .toList();
  }

  private static boolean real(Platform p) {
    return !p.os().equals("unknown");
  }

  /// Names as people count: runs of digits by their value, everything else by its characters.
  static final Comparator<String> NATURAL =
      (a, b) -> {
        int i = 0;
        int j = 0;
        while (i < a.length() && j < b.length()) {
          int endA = digits(a, i);
          int endB = digits(b, j);
          int order;
          if (endA > i && endB > j) {
            String x = a.substring(i, endA).replaceFirst("^0+(?=.)", "");
            String y = b.substring(j, endB).replaceFirst("^0+(?=.)", "");
            order =
                x.length() != y.length() ? Integer.compare(x.length(), y.length()) : x.compareTo(y);
            i = endA;
            j = endB;
          } else {
            order = Character.compare(a.charAt(i), b.charAt(j));
            i++;
            j++;
          }
          if (order != 0) {
            return order;
          }
        }
        int rest = Integer.compare(a.length() - i, b.length() - j);
        return rest != 0 ? rest : a.compareTo(b);
      };

  private static int digits(String text, int from) {
    int end = from;
    while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
      end++;
    }
    return end;
  }
}
