package graft.build.run;

import graft.build.source.FileTree;
import graft.build.source.TreeList;
import graft.error.GraftException;
import graft.images.Images;
import graft.oci.Digest;
import graft.recipe.Recipe;
import graft.recipe.RecipeJson;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// Which contents are kept for recipes: those of the lists that recipes of images name, of images
/// in the trash as well. It is read from the recipes each time, so that there is no count that a
/// crash could leave wrong.
final class KeptContexts {
  private final Images images;
  private final long quota;

  /// The lists of a recipe, once it was read.
  private final Map<Digest, List<Recipe.Tree>> read = new HashMap<>();

  KeptContexts(Images images, long quota) {
    this.images = images;
    this.quota = quota;
  }

  /// The trees of a recipe, those of the builds it stands on included.
  static List<Recipe.Tree> trees(Recipe recipe) {
    Map<Digest, Recipe.Tree> all = new HashMap<>();
    collect(recipe, t -> all.put(t.list(), t));
    return List.copyOf(all.values());
  }

  private static void collect(Recipe recipe, Consumer<Recipe.Tree> into) {
    if (recipe instanceof Recipe.Build build) {
      build.sources().forEach(s -> s.tree().ifPresent(into));
      for (Recipe.Base base : build.bases()) {
        if (base instanceof Recipe.Base.Result result) {
          collect(result.recipe(), into);
        }
      }
    }
  }

  /// All contents that must stay.
  synchronized Set<Digest> contents() throws IOException {
    Set<Digest> all = new HashSet<>();
    for (Digest list : live().keySet()) {
      contents(read(list), all);
    }
    return all;
  }

  private FileTree read(Digest list) throws IOException {
    return document(list, TreeList::read).orElse(FileTree.EMPTY);
  }

  private interface Parser<T> {
    T parse(byte[] document) throws IOException;
  }

  /// Empty if the image has been removed since it was listed, and for what cannot be read: damaged,
  /// or a later Graft's. Such a recipe is of no use here, and must not be in the way of builds.
  private <T> Optional<T> document(Digest digest, Parser<T> parser) throws IOException {
    try {
      return Optional.of(parser.parse(images.document(digest)));
    } catch (GraftException e) {
      return switch (e.kind()) {
        case NOT_FOUND, CORRUPT, NOT_IMPLEMENTED -> Optional.empty();
        case CONFLICT,
            INVALID,
            FORBIDDEN,
            UNAUTHORIZED,
            UNAVAILABLE,
            NOT_MODIFIED,
            CANCELLED,
            INTERNAL ->
            throw e;
      };
    }
  }

  private static void contents(FileTree tree, Collection<Digest> into) {
    tree.entries()
        .values()
        .forEach(e -> {
          if (e instanceof FileTree.File f) {
            into.add(f.content());
          }
        });
  }

  /// Lists whose contents are kept, and the bytes in each.
  private Map<Digest, Long> live() throws IOException {
    Set<Digest> recipes = images.recipes();
    read.keySet().retainAll(recipes);
    Map<Digest, Long> all = new HashMap<>();
    for (Digest recipe : recipes) {
      List<Recipe.Tree> trees = read.get(recipe);
      if (trees == null) {
        trees =
            document(recipe, RecipeJson::read).map(KeptContexts::trees).orElse(List.of()).stream()
                .filter(Recipe.Tree::kept)
                .toList();
        read.put(recipe, trees);
      }
      trees.forEach(t -> all.put(t.list(), t.bytes()));
    }
    return all;
  }

  /// Whether these fit in the quota with what is kept already. What two trees have in common counts
  /// once, but is only looked for where it matters.
  synchronized boolean fits(Map<Digest, Recording.Listed> trees) throws IOException {
    Map<Digest, Long> live = live();
    long sum = live.values().stream().mapToLong(Long::longValue).sum();
    Map<Digest, Recording.Listed> fresh = new HashMap<>(trees);
    fresh.keySet().removeAll(live.keySet());
    for (Recording.Listed one : fresh.values()) {
      sum += bytes(one.tree().entries().values());
    }
    if (sum <= quota || fresh.isEmpty()) {
      return true;
    }
    Map<Digest, Long> sizes = new HashMap<>();
    for (Digest list : live.keySet()) {
      sizes(read(list), sizes);
    }
    fresh.values().forEach(t -> sizes(t.tree(), sizes));
    return sizes.values().stream().mapToLong(Long::longValue).sum() <= quota;
  }

  private static long bytes(Collection<FileTree.Entry> entries) {
    return entries.stream().mapToLong(e -> e instanceof FileTree.File f ? f.size() : 0).sum();
  }

  private static void sizes(FileTree tree, Map<Digest, Long> into) {
    tree.entries()
        .values()
        .forEach(e -> {
          if (e instanceof FileTree.File f) {
            into.put(f.content(), f.size());
          }
        });
  }
}
