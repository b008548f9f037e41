package graft.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Much of everything: what was promised is there, and what is gone has left nothing behind,
/// however often the daemon is killed meanwhile. `-Dgraft.soak=2000` makes the long one of it.
@Tag("root")
class SoakTest {
  private static final int OPERATIONS = Integer.getInteger("graft.soak", 240);
  private static final int BETWEEN_KILLS = Math.min(100, OPERATIONS / 4);
  private static final int RUNS = Math.max(200, OPERATIONS / 4);
  private static final int BATCH = 50;
  private static final int SLOTS = 8;
  private static final Pattern REASONS =
      Pattern.compile(
          "No such container|Conflict\\. The container name|is not connected to network"
              + "|is already attached to network|already exists in network|is not running"
              + "|cannot be connected to multiple networks|Cannot connect a container");

  @TempDir Path dir;
  private DaemonProcess daemon;
  private Session session;
  private final List<String> journal = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/busybox")), "busybox-static is not installed");
    assumeTrue(
        Stream.of("/usr/bin", "/bin", "/usr/local/bin")
            .anyMatch(place -> Files.isExecutable(Path.of(place, "docker"))),
        "docker is not installed");
    daemon = DaemonProcess.start(dir, "graft-k1", DaemonProcess.OWN_POOL);
    session = new Session(daemon.host(), Files.createDirectory(dir.resolve("scratch")));
    session.furnish();
    out("docker import -c 'CMD [\"sh\"]' $S/busybox.tar base:1");
  }

  @AfterEach
  void stop() throws Exception {
    if (daemon != null) {
      docker("docker rm -f $(docker ps -aq); docker network prune -f");
      daemon.close();
      new ProcessBuilder("ip", "link", "del", "graft-k1").start().waitFor();
    }
  }

  private Session.Answer docker(String command) throws IOException, InterruptedException {
    return session.run(new Session.Step(command, true));
  }

  private String out(String command) throws IOException, InterruptedException {
    Session.Answer answer = docker(command);
    assertThat(answer.exit()).as(command + ": " + answer.text()).isZero();
    return answer.out().strip();
  }

  // ---- what there is of everything that can leak

  private Map<String, Long> inventory() throws IOException, InterruptedException {
    Map<String, Long> all = new TreeMap<>();
    all.put("namespaces", entries(dir.resolve("run/netns")));
    all.put("sandboxes", entries(dir.resolve("run/sandboxes")));
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      all.put("mounts", mounts.filter(line -> line.contains(dir.toString())).count());
    }
    String links = host("ip -o link show");
    String bridges = out("docker network ls -q --no-trunc").replaceAll("(?m)^(.{12}).*", "br-$1");
    long ports = links.lines().filter(l -> l.contains("master graft-k1")).count();
    for (String bridge : bridges.lines().toList()) {
      ports += links.lines().filter(l -> l.contains("master " + bridge)).count();
    }
    all.put("ports of bridges", ports);
    all.put(
        "rules of ports",
        host("nft list table ip graft-graft-k1")
            .lines()
            .filter(l -> l.contains("elements = {") && l.contains(" : "))
            .count());
    all.put(
        "monitors",
        ProcessHandle.allProcesses()
            .flatMap(p -> p.info().commandLine().stream())
            .filter(line -> line.contains("conmon") && line.contains(dir.toString()))
            .count());
    return all;
  }

  private static long entries(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.count();
    }
  }

  private static String host(String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("bash", "-c", command)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return text;
  }

  /// Links go a second after their containers.
  private void assertInventory(Map<String, Long> expected) throws Exception {
    Map<String, Long> now = inventory();
    for (int i = 0; i < 600 && !now.equals(expected); i++) {
      TimeUnit.MILLISECONDS.sleep(100);
      now = inventory();
    }
    assertThat(now).isEqualTo(expected);
  }

  @Test
  void hundredsOfRunsLeaveNothing() throws Exception {
    out("docker network create net");
    out("docker run --rm base:1 true && docker run --rm --network net base:1 true");
    Map<String, Long> before = inventory();
    long descriptors = 0;
    for (int batch = 0; batch < RUNS / BATCH; batch++) {
      out(
          "seq "
              + BATCH
              + " | xargs -P 4 -I{} sh -c 'n=net; [ $(({} % 3)) = 0 ] && n=bridge;"
              + " docker run --rm --network $n -p 80 -v /data base:1 true || exit 255'");
      // What is opened once and kept is open after the first.
      descriptors = batch == 0 ? daemon.descriptors() : descriptors;
    }
    assertInventory(before);
    // The lowest addresses are free again.
    assertThat(out("docker run --rm --network net base:1 sh -c 'ip -4 addr show eth0 | tr . _'"))
        .contains("_0_2/");
    assertThat(out("docker volume ls -q")).isEmpty();
    assertThat(daemon.descriptors()).isLessThan(descriptors + 8);
  }

  // ---- mixed operations

  /// What the daemon has said yes to. `null` fields of a slot are not known, because the daemon was
  /// killed meanwhile.
  private static final class Slot {
    final int number;
    boolean exists;
    boolean known = true;
    int written;

    Slot(int number) {
      this.number = number;
    }

    /// No hexadecimal digits: where the container is not there, they would mean one whose id begins
    /// with them.
    String name() {
      return "slot" + number;
    }

    String volume() {
      return "v" + number;
    }
  }

  private interface Operation {
    boolean run(Slot slot) throws Exception;
  }

  private boolean ok(String command) throws Exception {
    Session.Answer answer = docker(command);
    String errors =
        answer
            .text()
            .lines()
            .filter(line -> line.startsWith("! "))
            .collect(Collectors.joining("; "));
    journal.add(command + " -> " + answer.exit() + " " + errors);
    return answer.exit() == 0;
  }

  /// Everything that failed must have failed for a reason that such an operation may have.
  private void assertReasons(String when) {
    assertThat(journal)
        .as(when)
        .allMatch(line -> line.contains(" -> 0 ") || REASONS.matcher(line).find());
  }

  /// What was asked of a slot, and what the answers were.
  private String history(Slot slot) {
    return journal.stream()
        .filter(line -> line.contains(slot.name()) || line.contains(slot.volume()))
        .map(line -> "\n  " + line)
        .collect(Collectors.joining());
  }

  private List<Operation> operations(Random random) {
    List<Operation> all = new ArrayList<>();
    Operation run =
        slot -> {
          String network = List.of("bridge", "one", "two", "none").get(random.nextInt(4));
          boolean made =
              ok(
                  "docker run -d --name "
                      + slot.name()
                      + " --network "
                      + network
                      + (network.equals("none") ? "" : " -p 80")
                      + (random.nextBoolean() ? " --restart always" : "")
                      + " --health-cmd true --health-interval 5s -v "
                      + slot.volume()
                      + ":/d base:1 sleep 100000");
          slot.exists |= made;
          return made;
        };
    all.add(run);
    all.add(run);
    // A number that was written is there from then on.
    Operation write =
        slot -> {
          int next = slot.written + 1;
          boolean written =
              ok("docker exec " + slot.name() + " sh -c 'echo " + next + " >> /d/f; sync /d/f'");
          if (written) {
            slot.written = next;
          }
          return written;
        };
    all.add(write);
    all.add(write);
    all.add(slot -> ok("docker stop -t 0 " + slot.name()));
    all.add(slot -> ok("docker start " + slot.name()));
    all.add(slot -> ok("docker restart -t 0 " + slot.name()));
    all.add(slot -> ok("docker network connect two " + slot.name()));
    all.add(slot -> ok("docker network disconnect two " + slot.name()));
    all.add(slot -> ok("docker pause " + slot.name() + " && docker unpause " + slot.name()));
    all.add(slot ->
        ok("docker commit " + slot.name() + " img:" + slot.number)
            && ok("docker rmi img:" + slot.number));
    all.add(slot -> ok("test \"$(docker run --rm base:1 echo said)\" = said"));
    all.add(slot -> ok("docker update --memory 64m --memory-swap 64m " + slot.name()));
    all.add(slot -> {
      boolean gone = ok("docker rm -f " + slot.name());
      slot.exists &= !gone;
      return gone;
    });
    return all;
  }

  @Test
  void whatWasPromisedIsThereHoweverOftenItIsKilled() throws Exception {
    out("docker network create one && docker network create --subnet 10.215.77.0/24 two");
    Map<String, Long> before = inventory();
    long seed = Long.getLong("graft.seed", System.nanoTime());
    Random random = new Random(seed);
    List<Slot> slots = new ArrayList<>();
    for (int i = 0; i < SLOTS; i++) {
      slots.add(new Slot(i));
    }
    List<Operation> operations = operations(random);
    int done = 0;
    for (int i = 1; i <= OPERATIONS; i++) {
      Slot slot = slots.get(random.nextInt(SLOTS));
      boolean killed = i % BETWEEN_KILLS == 0;
      Thread killer =
          killed ? killAfter(random.nextInt(400)) : Thread.ofVirtual().unstarted(() -> {});
      if (operations.get(random.nextInt(operations.size())).run(slot)) {
        done++;
      }
      if (!killed) {
        assertReasons("seed " + seed + ", operation " + i);
      } else {
        journal.set(journal.size() - 1, "killed meanwhile -> 0 " + journal.getLast());
        killer.join();
        daemon.startAgain();
        slot.known = false;
        check(slots, "seed " + seed + ", operation " + i);
      }
    }
    check(slots, "seed " + seed + ", at the end");
    assertThat(done).as("operations that succeeded, seed " + seed).isGreaterThan(OPERATIONS / 5);
    docker("docker rm -f $(docker ps -aq)");
    out("docker volume prune -af");
    assertInventory(before);
    out("docker network rm one two");
  }

  private Thread killAfter(int millis) {
    return Thread.ofPlatform()
        .start(() -> {
          try {
            TimeUnit.MILLISECONDS.sleep(millis);
            daemon.kill();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void check(List<Slot> slots, String when) throws Exception {
    List<String> names = out("docker ps -a --format '{{.Names}}'").lines().toList();
    for (Slot slot : slots) {
      boolean there = names.contains(slot.name());
      if (slot.known) {
        assertThat(there).as(when + ": " + slot.name() + history(slot)).isEqualTo(slot.exists);
      }
      slot.exists = there;
      slot.known = true;
      if (slot.written > 0) {
        Path file = dir.resolve("data/volumes/" + slot.volume() + "/_data/f");
        assertThat(file).as(when + ": " + slot.written + " written" + history(slot)).exists();
        List<String> numbers = Files.readAllLines(file);
        for (int n = 1; n <= slot.written; n++) {
          assertThat(numbers)
              .as(when + ": " + slot.volume() + history(slot))
              .contains(Integer.toString(n));
        }
        // One more may have been written by the operation that nobody got an answer to.
        slot.written = Integer.parseInt(numbers.getLast());
      }
    }
  }
}
