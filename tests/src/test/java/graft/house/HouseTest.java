package graft.house;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Which room may know which. A room that is not in the table fails the test: it has to be given a
/// place first.
class HouseTest {
  /// Every room, and the rooms it may import. `error` is everybody's; `linux` is below all rooms
  /// that touch the kernel.
  private static final Map<String, Set<String>> MAY =
      Map.ofEntries(
          // image/: what an image is. No Linux, no daemon.
          Map.entry("error", Set.of()),
          Map.entry("oci", Set.of()),
          Map.entry("content", Set.of("oci")),
          Map.entry("layer", Set.of("oci")),
          Map.entry("image", Set.of("oci", "content", "layer")),
          Map.entry("tls", Set.of()),
          Map.entry("registry", Set.of("oci", "content", "tls")),
          Map.entry("archive", Set.of("oci", "content", "layer", "image")),
          // engine/: what runs on this machine.
          Map.entry("linux", Set.of()),
          Map.entry("mount", Set.of()),
          Map.entry("rootless", Set.of("linux")),
          Map.entry("event", Set.of()),
          Map.entry("db", Set.of()),
          Map.entry("runtime", Set.of("linux", "mount")),
          Map.entry("log", Set.of("linux", "runtime")),
          Map.entry("network", Set.of("event", "linux", "db")),
          Map.entry("trash", Set.of("db")),
          Map.entry("volume", Set.of("linux", "db", "event", "trash")),
          Map.entry("snapshot", Set.of("linux", "mount", "db", "oci", "content", "layer", "image")),
          Map.entry(
              "images",
              Set.of(
                  "linux",
                  "snapshot",
                  "event",
                  "db",
                  "oci",
                  "content",
                  "layer",
                  "image",
                  "registry",
                  "archive",
                  "trash")),
          Map.entry(
              "container",
              Set.of(
                  "linux",
                  "log",
                  "snapshot",
                  "runtime",
                  "network",
                  "volume",
                  "event",
                  "db",
                  "images",
                  "mount",
                  "trash",
                  "oci",
                  "image",
                  "recipe",
                  "layer")),
          Map.entry(
              "build",
              Set.of(
                  "linux",
                  "mount",
                  "event",
                  "db",
                  "snapshot",
                  "runtime",
                  "network",
                  "images",
                  "oci",
                  "content",
                  "layer",
                  "image",
                  "inventory",
                  "facts",
                  "recipe",
                  "registry")),
          Map.entry("inventory", Set.of("oci")),
          Map.entry("elf", Set.of()),
          Map.entry(
              "rebase", Set.of("facts", "elf", "inventory", "version", "oci", "image", "layer")),
          Map.entry("facts", Set.of("linux", "snapshot", "inventory", "elf", "oci", "layer")),
          Map.entry("version", Set.of()),
          Map.entry("advisory", Set.of("inventory", "layer", "oci", "version")),
          Map.entry(
              "lineage",
              Set.of(
                  "advisory",
                  "build",
                  "facts",
                  "image",
                  "images",
                  "inventory",
                  "oci",
                  "recipe",
                  "registry",
                  "tree")),
          Map.entry("recipe", Set.of("oci", "image")),
          Map.entry(
              "rollout",
              Set.of(
                  "advisory",
                  "build",
                  "container",
                  "db",
                  "event",
                  "elf",
                  "facts",
                  "image",
                  "images",
                  "inventory",
                  "layer",
                  "lineage",
                  "oci",
                  "pins",
                  "rebase",
                  "recipe",
                  "registry",
                  "runtime",
                  "snapshot",
                  "tree")),
          Map.entry("pins", Set.of("db")),
          Map.entry("disk", Set.of("linux", "pins", "container", "images", "volume", "oci")),
          Map.entry("tree", Set.of("images", "oci", "image")),
          Map.entry(
              "engine",
              Set.of(
                  "advisory",
                  "build",
                  "container",
                  "facts",
                  "lineage",
                  "disk",
                  "pins",
                  "rollout",
                  "trash",
                  "tree",
                  "images",
                  "snapshot",
                  "runtime",
                  "network",
                  "volume",
                  "event",
                  "db",
                  "linux",
                  "mount",
                  "oci",
                  "content",
                  "layer",
                  "image",
                  "registry",
                  "archive")));

  /// The rooms of the modules above the engine: by module.
  private static final Set<String> ENGINE_AND_BELOW = new TreeSet<>(MAY.keySet());

  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            // In a whole build the fakes that modules share come as jars.
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("graft");
  }

  private static String room(String packageName) {
    String[] parts = packageName.split("\\.");
    return parts.length < 2 ? "" : parts[1];
  }

  @Test
  void theClassesWereFound() {
    assertThat(classes.size()).isGreaterThan(200);
  }

  @Test
  void roomsKnowOnlyWhatTheyMay() {
    Map<String, Set<String>> broken = new TreeMap<>();
    for (JavaClass c : classes) {
      String from = room(c.getPackageName());
      for (Dependency d : c.getDirectDependenciesFromSelf()) {
        String target = d.getTargetClass().getPackageName();
        if (!target.startsWith("graft.")) {
          continue;
        }
        String to = room(target);
        if (!allowed(from, to)) {
          broken
              .computeIfAbsent(from + " -> " + to, _ -> new TreeSet<>())
              .add(c.getSimpleName() + " uses " + d.getTargetClass().getSimpleName());
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  private static boolean allowed(String from, String to) {
    if (from.equals(to) || to.equals("error")) {
      return true;
    }
    return switch (from) {
      case "docker" -> ENGINE_AND_BELOW.contains(to);
      // The client needs no engine: it speaks to the socket, asks for terminals, and starts the
      // daemon. Of builds it knows the language: what .dockerignore leaves out.
      case "cli" ->
          Set.of("docker", "linux", "rootless", "registry", "oci", "layer", "tls", "build")
              .contains(to);
      // For the builds of others: it speaks to Graft as they do.
      case "bench", "testcontainers" -> false;
      default -> MAY.containsKey(from) && MAY.getOrDefault(from, Set.of()).contains(to);
    };
  }

  @Test
  void noPackageIsInACycle() {
    slices().matching("graft.(**)").should().beFreeOfCycles().check(classes);
  }

  /// Native calls are in one place.
  @Test
  void onlyLinuxCallsNativeCode() {
    Set<String> callers = new TreeSet<>();
    for (JavaClass c : classes) {
      boolean calls =
          c.getDirectDependenciesFromSelf().stream()
              .anyMatch(d -> d.getTargetClass().getName().equals("java.lang.foreign.Linker"));
      if (calls) {
        callers.add(room(c.getPackageName()));
      }
    }
    assertThat(callers).containsExactly("linux");
  }

  /// HTTP is in one place.
  @Test
  void onlyTheGlueKnowsTheHttpServer() {
    Set<String> users = new TreeSet<>();
    for (JavaClass c : classes) {
      boolean uses =
          c.getDirectDependenciesFromSelf().stream()
              .anyMatch(d -> d.getTargetClass().getPackageName().startsWith("io.helidon"));
      if (uses) {
        users.add(c.getPackageName());
      }
    }
    assertThat(users).containsExactly("graft.docker.http");
  }

  /// So is gRPC.
  @Test
  void onlyOneRoomKnowsGrpc() {
    Set<String> users = new TreeSet<>();
    for (JavaClass c : classes) {
      boolean uses =
          c.getDirectDependenciesFromSelf().stream()
              .anyMatch(d -> d.getTargetClass().getPackageName().startsWith("io.grpc"));
      if (uses) {
        users.add(c.getPackageName());
      }
    }
    assertThat(users).containsExactly("graft.docker.buildkit.grpc");
  }
}
