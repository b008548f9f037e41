package graft.rollout;

import graft.build.BuildException;
import graft.build.BuildRequest;
import graft.build.Builds;
import graft.build.Recipes;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.images.Progress;
import graft.inventory.Inventory.Manager;
import graft.lineage.Finding;
import graft.lineage.Lineage;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.recipe.Recipe;
import graft.tree.Tree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Images made anew without what is wrong with them: the ones whose layers carry it. They are made
/// when the plan is, without names, so that what is said of those that stand on them is said of the
/// very images; see [PlanImages].
final class Fix {
  /// @param what a vulnerability, an image, or a package; looked for in this order
  /// @param images only these; all if empty
  /// @param how empty for what suits: a step for packages of the system, else the recipe
  /// @param onto an image to be taken instead of making one; may be empty
  record Wanted(String what, List<String> images, Optional<Plan.How> how, String onto) {
    Wanted {
      images = List.copyOf(images);
    }

    /// For what stands on an image that another takes the place of: that image is for the place of
    /// one only, and what a registry has of what stands on it is on another base.
    Wanted inLayersOfItsOwn() {
      boolean replaced = !onto.isEmpty() || how.equals(Optional.of(Plan.How.PULL));
      return replaced ? new Wanted(what, images, Optional.empty(), "") : this;
    }
  }

  /// An image that carries something.
  private record Carrier(
      ImageRecord image, Set<String> vulnerabilities, Map<Manager, Set<String>> packages) {}

  private static final Pattern VULNERABILITY =
      Pattern.compile("[A-Za-z]+-[0-9A-Za-z]+-[-0-9A-Za-z]+|[A-Za-z]+-[0-9]+.*");

  /// What goes into a command. Names come out of images, which may be strangers'.
  private static final Pattern PACKAGE = Pattern.compile("[a-z0-9][a-z0-9+._-]*");

  /// What goes into a Dockerfile. More than a line would be more than a user.
  private static final Pattern USER = Pattern.compile("[\\w.-]+(:[\\w.-]+)?");

  private final Rooms rooms;
  private final EngineMaterial material;
  private final PlanImages planned;
  private final Tree tree;

  Fix(Rooms rooms, EngineMaterial material, PlanImages planned, Tree tree) {
    this.rooms = rooms;
    this.material = material;
    this.planned = planned;
    this.tree = tree;
  }

  /// What takes the place of each carrier, parents before children. What stands on another one is
  /// made anew on the base that it has: by the plan, it gets the new one then.
  List<Plan.Parent> parents(Wanted wanted) throws IOException, InterruptedException {
    List<Carrier> carriers = new ArrayList<>(carriers(wanted).values());
    carriers.sort(Comparator.comparingInt(c -> above(c).size()));
    List<Plan.Parent> parents = new ArrayList<>();
    Set<Digest> replaced = new HashSet<>();
    @Nullable GraftException first = null;
    for (Carrier carrier : carriers) {
      boolean nested = above(carrier).stream().anyMatch(replaced::contains);
      if (!nested && !replaced.isEmpty() && !wanted.onto().isEmpty()) {
        throw GraftException.invalid(
            "there are several images to be fixed, for which "
                + wanted.onto()
                + " cannot be taken: name one of them");
      }
      try {
        parents.add(parent(carrier, nested ? wanted.inLayersOfItsOwn() : wanted));
      } catch (GraftException e) {
        first = first == null ? e : first;
        parents.add(stays(carrier.image(), e.text()));
      }
      parents.getLast().onto().ifPresent(_ -> replaced.add(carrier.image().id()));
    }
    if (first != null && replaced.isEmpty()) {
      throw first;
    }
    return parents;
  }

  private List<Digest> above(Carrier carrier) {
    return tree.ancestors(carrier.image().id()).stream().map(Tree.Node::id).toList();
  }

  // ---- who carries it

  private Map<Digest, Carrier> carriers(Wanted wanted) throws IOException {
    Optional<ImageRecord> image = image(wanted.what());
    boolean vulnerability = VULNERABILITY.matcher(wanted.what()).matches() && image.isEmpty();
    Set<Digest> only = new HashSet<>();
    wanted.images().forEach(name -> only.add(rooms.images().find(name).id()));
    Map<Digest, Carrier> all = new LinkedHashMap<>();
    for (Tree.Node node : tree.nodes()) {
      if (node.names().isEmpty()) {
        // What former roll-outs replaced is found in what stands on it, or is nobody's.
        continue;
      }
      Optional<Lineage.Owned> owned = rooms.lineage().owned(tree, node);
      if (owned.isEmpty()) {
        continue;
      }
      for (Finding finding : owned.get().findings()) {
        if (!finding.open() || vulnerability && !finding.isCalled(wanted.what())) {
          continue;
        }
        for (Finding.Affected one : finding.packages()) {
          Digest carrier = owned.get().owners().get(one.carrier()).id();
          boolean meant =
              image.map(i -> i.id().equals(carrier)).orElse(true)
                  && (image.isPresent() || vulnerability || isPackage(wanted, finding, one))
                  && (only.isEmpty() || only.contains(carrier));
          if (meant && rooms.images().byId(carrier).isPresent()) {
            Carrier c =
                all.computeIfAbsent(
                    carrier,
                    id -> new Carrier(material.record(id), new TreeSet<>(), new LinkedHashMap<>()));
            c.vulnerabilities().add(finding.vulnerability());
            c.packages()
                .computeIfAbsent(one.installed().manager(), _ -> new TreeSet<>())
                .add(one.installed().name());
          }
        }
      }
    }
    if (all.isEmpty() && image.isPresent()) {
      // Nothing is known to be wrong with it; it is made anew all the same if it is said how.
      all.put(image.get().id(), new Carrier(image.get(), new TreeSet<>(), new LinkedHashMap<>()));
    }
    if (all.isEmpty()) {
      throw GraftException.notFound(
          "no image here carries "
              + wanted.what()
              + (only.isEmpty() ? "" : ", of those that were named")
              + ": it is no image, and nothing is found open under this name"
              + " ('graft db status' shows what is known)");
    }
    return all;
  }

  private static boolean isPackage(Wanted wanted, Finding finding, Finding.Affected one) {
    return finding.source().equals(wanted.what()) || one.installed().name().equals(wanted.what());
  }

  private Optional<ImageRecord> image(String name) {
    try {
      return Optional.of(rooms.images().find(name));
    } catch (GraftException e) {
      return Optional.empty();
    }
  }

  // ---- what takes its place

  private Plan.Parent parent(Carrier carrier, Wanted wanted)
      throws IOException, InterruptedException {
    ImageRecord old = carrier.image();
    Plan.How how =
        wanted.onto().isEmpty() ? wanted.how().orElseGet(() -> suits(carrier)) : Plan.How.GIVEN;
    Optional<String> command =
        how == Plan.How.PATCH ? Optional.of(command(carrier)) : Optional.empty();
    ImageRecord made =
        switch (how) {
          case GIVEN -> rooms.images().find(wanted.onto());
          case PULL -> pulled(old);
          case RERUN -> again(old);
          case PATCH -> patched(old, command.orElseThrow());
        };
    if (made.id().equals(old.id())) {
      throw GraftException.invalid(
          BaseOf.title(old) + " made anew is the same image: nothing newer is there");
    }
    Set<String> left = new TreeSet<>(material.vulnerabilities(material.facts(made.diffIds())));
    left.retainAll(carrier.vulnerabilities());
    if (!carrier.vulnerabilities().isEmpty() && left.equals(carrier.vulnerabilities())) {
      planned.discard(made.id());
      throw GraftException.invalid(
          "made anew, "
              + BaseOf.title(old)
              + " still has "
              + some(left)
              + ": no fixed version was there to be had");
    }
    String text =
        switch (how) {
              case GIVEN -> BaseOf.title(made) + " takes the place of " + BaseOf.title(old);
              case PULL -> BaseOf.title(old) + " as its registry has it now";
              case RERUN -> "the recipe of " + BaseOf.title(old) + ", run again";
              case PATCH -> BaseOf.title(old) + " with a step more";
            }
            + (left.isEmpty() ? "" : "; still open in it: " + some(left));
    return new Plan.Parent(BaseOf.names(old), old.id(), how, command, text, Optional.of(made.id()));
  }

  /// One of several that cannot be made anew: the others are.
  private static Plan.Parent stays(ImageRecord old, String why) {
    return new Plan.Parent(
        BaseOf.names(old),
        old.id(),
        Plan.How.GIVEN,
        Optional.empty(),
        BaseOf.title(old) + " stays: " + why,
        Optional.empty());
  }

  private static String some(Collection<String> all) {
    return all.stream().limit(5).collect(Collectors.joining(", "))
        + (all.size() > 5 ? " and " + (all.size() - 5) + " more" : "");
  }

  private Plan.How suits(Carrier carrier) {
    boolean step =
        !carrier.packages().isEmpty()
            && carrier.packages().keySet().stream()
                .allMatch(m -> m == Manager.DPKG || m == Manager.APK);
    return step ? Plan.How.PATCH : Plan.How.RERUN;
  }

  /// Upgrades what is wrong, and nothing else.
  private static String command(Carrier carrier) {
    for (String name : carrier.packages().values().stream().flatMap(Set::stream).toList()) {
      if (!PACKAGE.matcher(name).matches()) {
        throw GraftException.invalid("\"" + name + "\" is no name of a package that is upgraded");
      }
    }
    Set<String> dpkg = carrier.packages().getOrDefault(Manager.DPKG, Set.of());
    Set<String> apk = carrier.packages().getOrDefault(Manager.APK, Set.of());
    if (!dpkg.isEmpty()) {
      return "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y"
          + " --no-install-recommends --only-upgrade "
          + String.join(" ", dpkg)
          + " && rm -rf /var/lib/apt/lists/*";
    }
    if (!apk.isEmpty()) {
      return "apk upgrade --no-cache " + String.join(" ", apk);
    }
    throw GraftException.invalid(
        "nothing of "
            + BaseOf.title(carrier.image())
            + " that is known to be wrong is of dpkg or apk, so no step can upgrade it: run its"
            + " recipe again, or name an image to take its place");
  }

  private ImageRecord patched(ImageRecord old, String command)
      throws IOException, InterruptedException {
    String user = user(old);
    String dockerfile =
        "FROM "
            + BaseOf.inDockerfile(old.id())
            + "\n"
            + (user.isEmpty() ? "" : "USER 0\n")
            + "RUN "
            + command
            + "\n"
            + (user.isEmpty() ? "" : "USER " + user + "\n");
    BuildRequest request =
        new BuildRequest(
            "fix",
            new BuildRequest.Source.Local("context"),
            Map.of(),
            new BuildRequest.DockerfileSource(
                "Dockerfile",
                Optional.empty(),
                Optional.of(dockerfile.getBytes(StandardCharsets.UTF_8))),
            "",
            Map.of(),
            Map.of(),
            List.of(old.platform()),
            new BuildRequest.NoCache.Everything(),
            BuildRequest.Pull.MISSING,
            BuildRequest.RunOptions.DEFAULT,
            Map.of(),
            Optional.empty());
    try (Builds.Result result =
        rooms.builds().build(request, new NoClient(rooms.registries()), _ -> {})) {
      return store(result);
    } catch (BuildException e) {
      throw failed("the step that upgrades " + BaseOf.title(old) + " failed: ", e);
    }
  }

  private String user(ImageRecord old) throws IOException {
    String user = rooms.images().open(old).config().config().user();
    if (!user.isEmpty() && !isUser(user)) {
      throw GraftException.invalid(
          "the user of "
              + BaseOf.title(old)
              + " is no name that a step can be given after: run its recipe again, or name an"
              + " image to take its place");
    }
    return user;
  }

  static boolean isUser(String user) {
    return USER.matcher(user).matches();
  }

  private ImageRecord again(ImageRecord old) throws IOException, InterruptedException {
    if (!(material.recipe(old.id()).orElse(null) instanceof Recipe.Build build)) {
      throw GraftException.invalid(
          BaseOf.title(old)
              + " was not built here, so its recipe cannot run again: upgrade by a step, pull it, or"
              + " name an image to take its place");
    }
    try (Builds.Result result =
        rooms
            .builds()
            .recipes()
            .rerun(
                build, Recipes.NewBase.SAME, Map.of(), new NoClient(rooms.registries()), _ -> {})) {
      return store(result);
    } catch (BuildException e) {
      throw failed("the recipe of " + BaseOf.title(old) + ", run again, failed: ", e);
    } catch (GraftException e) {
      throw Logins.hinted(e);
    }
  }

  private ImageRecord store(Builds.Result result) throws IOException, InterruptedException {
    Digest id = Digest.of(result.configs().firstEntry().getValue());
    if (rooms.images().byId(id).isEmpty()) {
      planned.making(id);
    }
    return result.store(List.of(), _ -> {});
  }

  private static GraftException failed(String what, BuildException e) {
    return new GraftException(
        GraftException.Kind.INVALID, what + String.valueOf(e.getMessage()), e);
  }

  private ImageRecord pulled(ImageRecord old) throws IOException, InterruptedException {
    if (old.names().isEmpty()) {
      throw GraftException.invalid(BaseOf.title(old) + " has no name to be pulled by");
    }
    Reference name = old.names().getFirst();
    Set<Digest> before =
        rooms.images().list().stream().map(ImageRecord::id).collect(Collectors.toSet());
    ImageRecord pulled;
    try {
      pulled =
          rooms
              .images()
              .pullUnnamed(
                  rooms.registries().repository(name, rooms.registries().own()),
                  name,
                  old.platform(),
                  Progress.SILENT)
              .image();
    } catch (GraftException e) {
      throw Logins.hinted(e);
    }
    if (!before.contains(pulled.id())) {
      planned.making(pulled.id());
    }
    return pulled;
  }
}
