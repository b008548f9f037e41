package graft.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Ways out of a container, and out of an image, that others have found in other engines; each has
/// to fail. A row is a name, a script that tries, and a pattern for all it may say. Nothing of it
/// may leave a trace in `$S/out`, where the links of the hostile images point.
@Tag("root")
class WallsTest {
  private record Attack(String name, String script, String said) {}

  /// `image NAME SCRIPT` imports a busybox whose root file system was changed by a script.
  private static final String PRELUDE =
      """
      image() {
        rm -rf $S/r; cp -a $S/root $S/r; (cd $S/r; eval "$2")
        tar -C $S/r -c . | docker import -c 'ENV PATH=/bin' - $1 >/dev/null; rm -rf $S/r
      }
      shows() { docker run --rm $1 sh -c 'for d in dev proc sys etc; do test -d /$d -a ! -L /$d \
        || echo $d; done; grep -c localhost /etc/hosts >/dev/null || echo hosts; echo ran' 2>&1; }
      """;

  private static final String NO_SUCH_USER = "(?s).*unable to find user daemon: no matching.*";
  private static final String EPERM = "Operation not permitted";
  private static final String CAPABILITIES =
      "CapInh:\t0000000000000000\nCapPrm:\t%1$s\nCapEff:\t%1$s\nCapBnd:\t00000000a80425fb\n"
          + "CapAmb:\t0000000000000000\nNoNewPrivs:\t%2$s\nSeccomp:\t2";
  private static final String STATUS = "grep -E '^(Cap|NoNew|Seccomp:)' /proc/self/status";

  private static Attack attack(String name, String script, String said) {
    return new Attack(name, script, said);
  }

  private static List<Attack> descriptors() {
    return List.of(
        attack(
            "files that the engine left open for the first process",
            "docker run --rm base:1 sh -c 'ls -1 /proc/1/fd; true'",
            "0\n1\n2"),
        attack(
            "the same with a terminal",
            "docker run --rm -t base:1 sh -c 'ls -1 /proc/1/fd; true'",
            "0\n1\n2"),
        attack("the same in execs", "docker exec vv sh -c 'ls -1 /proc/$$/fd; true'", "0\n1\n2"),
        attack(
            "the same in execs with a terminal",
            "docker exec -t vv sh -c 'ls -1 /proc/$$/fd; true'",
            "0\n1\n2"),
        attack(
            "the same in execs nobody waits for",
            "docker exec -d vv sh -c '(ls -1 /proc/$$/fd) >/fdd.new; mv /fdd.new /fdd'; docker exec"
                + " vv sh -c 'until test -e /fdd; do sleep 0.1; done; cat /fdd'",
            "0\n1\n2"),
        attack(
            "the same in health probes",
            "docker exec vv sh -c 'until test -e /fdh; do sleep 0.1; done; cat /fdh'",
            "0\n1\n2"),
        attack(
            "CVE-2024-21626, run: a descriptor as working directory",
            "for i in 3 4 5 6 7 8 9; do docker run --rm -w /proc/self/fd/$i base:1 true 2>/dev/null"
                + " && echo entered $i; done",
            ""),
        attack(
            "CVE-2024-21626, exec",
            "for i in 0 1 2 3 4 5 6 7 8 9 10 11; do docker exec -w /proc/self/fd/$i vv true"
                + " >/dev/null 2>&1 && echo entered $i; done",
            ""),
        attack(
            "CVE-2019-5736 and CVE-2016-9962: looking into whoever enters",
            "docker exec -d vv sh -c 'while test ! -e /stop; do for p in /proc/[0-9]*; do"
                + " x=$(readlink $p/exe) && case $x in /bin/busybox) ;; *) echo $x; : <$p/exe;;"
                + " esac; ls $p/root/home/.. | grep -c \"^boot$\" | grep -v 0; done; done"
                + " >/spied 2>/dev/null';"
                + " for i in $(seq 30); do docker exec vv true; done;"
                + " docker exec vv sh -c 'touch /stop; cat /spied'",
            ""));
  }

  private static List<Attack> copies() {
    return List.of(
        attack(
            "cp out through links",
            "docker exec vv sh -c 'mkdir /d; ln -s / /d/r; ln -s ../../../../../../ /d/u; ln -s"
                + " /proc/1/root /d/m';"
                + " for p in d/r$S/secret/f d/u$S/secret/f d/m$S/secret/f proc/1/root$S/secret/f"
                + " proc/self/environ proc/1/cwd/etc/passwd; do docker cp -L vv:/$p - >/dev/null"
                + " 2>&1 && echo $p; done",
            ""),
        attack(
            "cp in through links",
            "docker exec vv sh -c \"ln -s $S/out /d/o; ln -s ../../../../../..$S/out /d/o2; ln -s"
                + " /proc/1/root$S/out /d/o3\";"
                + " for i in o o2 o3; do docker cp $S/bind/file vv:/d/$i/f >/dev/null 2>&1;"
                + " docker cp $S/bind vv:/d/$i >/dev/null 2>&1; done",
            ""),
        attack(
            "CVE-2018-15664: a directory that is now a link and then is not",
            "docker exec vv sh -c 'mkdir -p /w/a; echo inside > /w/a/f'; docker exec -d vv sh -c"
                + " \"cd /w; ln -s $S/secret l; while test ! -e /stop2; do mv a b; mv l a; mv a l;"
                + " mv b a; done\";"
                + " for i in $(seq 40); do docker cp vv:/w/a/f - 2>/dev/null | grep -a SECRET;"
                + " docker cp vv:/w/a - 2>/dev/null | grep -a SECRET;"
                + " docker cp $S/bind/file vv:/w/a/g 2>/dev/null; done; docker exec vv touch /stop2;"
                + " ls $S/secret",
            "f"),
        attack(
            "the same into a stopped container, through a volume and a link in it",
            "docker run --name st -v wv:/v base:1 sh -c \"ln -s $S/out /v/o; ln -s ../../../.. /v/u\";"
                + " docker cp $S/bind/file st:/v/o/f 2>/dev/null;"
                + " docker cp st:/v/u/volumes - 2>/dev/null;"
                + " docker cp st:/v/u$S/secret/f - 2>/dev/null; docker rm st",
            "st"),
        attack(
            "paths that lead up, in an archive",
            "tar -P -C $S/bind -c file --transform \"s,^,../../../../../../../..$S/out/,\" >$S/t;"
                + " docker cp - vv:/tmp <$S/t; docker import - t:1 <$S/t; docker load <$S/t;"
                + " tar -P -C $S/bind -c file --transform \"s,^,$S/out/,\" >$S/t;"
                + " docker cp - vv:/tmp <$S/t; docker import - t:1 <$S/t >/dev/null;"
                + " docker exec vv ls /tmp$S/out",
            "(?s)file\n! .*escapes.*escapes.*"),
        attack(
            "a link in an archive, then through it",
            "mkdir $S/l1; ln -s $S/out $S/l1/l; mkdir -p $S/l2/l; echo x >$S/l2/l/f;"
                + " tar -C $S/l1 -cf $S/t l; tar -C $S/l2 -rf $S/t l/f;"
                + " docker cp - vv:/tmp <$S/t; docker import - t:1 <$S/t >/dev/null",
            "(?s).*"),
        attack(
            "hard links out, in an archive",
            "mkdir $S/h; echo x >$S/h/a; ln $S/h/a $S/h/b; for to in $S/secret/f"
                + " ../../../../../../..$S/secret/f; do"
                + " tar -P -C $S/h --transform \"s,.*a$,$to,RS\" -cf $S/t a b;"
                + " docker cp - vv:/tmp <$S/t 2>/dev/null && echo taken;"
                + " docker import - t:1 <$S/t 2>/dev/null; done;"
                + " stat -c %h $S/secret/f; docker exec vv sh -c 'cat /tmp/b 2>/dev/null'",
            "1"),
        attack(
            "devices in an image",
            "image dev:1 'mknod d b 254 0; mknod k c 1 2; chmod 666 d k';"
                + " docker run --rm dev:1 sh -c 'head -c1 /d; head -c1 /k; mknod /tmp/m c 1 2 &&"
                + " head -c1 /tmp/m'",
            "! head: /d: " + EPERM + "\n! head: /k: " + EPERM + "\n! head: /tmp/m: " + EPERM));
  }

  private static List<Attack> images() {
    return List.of(
        attack(
            "CVE-2019-16884 and its like: links where the runtime mounts",
            "for d in dev proc sys etc; do image $d:1 \"rm -rf $d; ln -s $S/out $d\"; shows $d:1;"
                + " image $d:1 \"rm -rf $d; ln -s ../../../../..$S/out $d\"; shows $d:1;"
                + " image $d:1 \"rm -rf $d; touch $d\"; shows $d:1; done",
            "(ran\n?){12}"),
        attack(
            "links in the place of files and directories that are mounted over",
            "image links:1 \"for f in etc/hosts etc/hostname etc/resolv.conf .dockerenv; do ln -sf"
                + " $S/out/\\$(basename \\$f) \\$f; done; for d in dev/pts dev/shm dev/mqueue"
                + " dev/console dev/fd; do ln -s $S/out \\$d; done\"; shows links:1",
            "ran"),
        attack(
            "working directories and mounts through links of the image",
            "image via:1 \"ln -s $S/out wd; ln -s ../../../../..$S/out wd2\";"
                + " for w in wd wd2; do docker run --rm -w /$w/x -v wv:/$w/deep --tmpfs /$w/t"
                + " --mount type=bind,src=$S/bind/file,dst=/$w/f via:1 pwd; done",
            "<scratch>/out/x\n<scratch>/out/x"),
        attack(
            "users of the host",
            "image us:1 'ln -sf ../../../../../etc/passwd etc/passwd'; docker run --rm -u daemon"
                + " us:1 id",
            NO_SUCH_USER),
        attack(
            "users of the host, by /proc",
            "image us:1 'ln -sf /proc/1/root/etc/passwd etc/passwd'; docker run --rm -u daemon us:1"
                + " id",
            NO_SUCH_USER),
        attack(
            "a file of users that nobody can read to its end",
            "image us:1 'rm etc/passwd; mkfifo etc/passwd'; docker run --rm us:1 true",
            "(?s).*/etc/passwd of the container is a fifo.*"),
        attack(
            "a hundred megabytes of users",
            "image us:1 'yes x:x:1:1::/: | head -c 100000000 >>etc/passwd';"
                + " docker run --rm -u daemon us:1 id",
            NO_SUCH_USER),
        attack(
            "a part of a volume that is now a link and then is not",
            "docker run -d --name sw -v sv:/v base:1 sh -c 'cd /v; mkdir a; touch a/in; ln -s /etc"
                + " l; ln -s ../../../.. u; while :; do mv a b; mv l a; mv a l; mv u a; mv a u; mv b"
                + " a; done' >/dev/null; for i in $(seq 12); do docker run --rm --mount"
                + " type=volume,src=sv,dst=/x,volume-subpath=a base:1 ls /x 2>/dev/null; done | sort"
                + " -u | grep -v '^in$'; docker rm -f sw >/dev/null",
            ""));
  }

  private static List<Attack> kernel() {
    return List.of(
        attack(
            "capabilities, seccomp, no new privileges",
            "docker run --rm base:1 " + STATUS,
            CAPABILITIES.formatted("00000000a80425fb", "0")),
        attack(
            "the same of a user, with no-new-privileges",
            "docker run --rm -u 7 --security-opt no-new-privileges base:1 " + STATUS,
            CAPABILITIES.formatted("0000000000000000", "1")),
        attack(
            "the same in execs",
            "docker exec vv " + STATUS + "; docker exec -u 7 vv " + STATUS,
            CAPABILITIES.formatted("00000000a80425fb", "0")
                + "\n"
                + CAPABILITIES.formatted("0000000000000000", "0")),
        attack(
            "calls that Docker's profile keeps from programs",
            "docker run --rm base:1 sh -c 'unshare -U true; unshare -m true; unshare -n true; mount"
                + " -t tmpfs x /mnt; dmesg; swapoff /x; hostname x; ip link add d0 type dummy; ip"
                + " addr add 127.0.0.11/32 dev lo; date -s 0; chroot / true && echo chroot' 2>&1 |"
                + " grep -viE 'not permitted|denied|invalid date'",
            "chroot"),
        attack(
            "what is masked in /proc and /sys",
            "docker run --rm base:1 sh -c 'for f in acpi asound interrupts kcore keys latency_stats"
                + " timer_list timer_stats sched_debug scsi; do test -d /proc/$f && ls /proc/$f ||"
                + " head -c 9 /proc/$f; done 2>/dev/null; ls /sys/firmware"
                + " /sys/devices/virtual/powercap 2>/dev/null | grep -v :'",
            ""),
        attack(
            "what can only be read",
            "docker run --rm base:1 sh -c 'for f in /proc/sysrq-trigger /proc/sys/kernel/core_pattern"
                + " /proc/sys/vm/panic_on_oom /proc/irq/default_smp_affinity /sys/kernel/uevent_helper"
                + " /sys/kernel/mm/ksm/run; do ! test -e $f || echo x >$f; done; grep -E \" /proc/(bus|fs|irq|sys|sysrq-trigger) \" /proc/mounts | grep -v \" ro,\"'"
                + " 2>&1 | grep -v 'Read-only file system'",
            ""),
        attack(
            "CVE-2022-0492: control groups",
            "docker run --rm base:1 sh -c 'for d in /sys/fs/cgroup /sys/fs/cgroup/*; do test -d $d"
                + " || continue; mkdir $d/x; for f in release_agent notify_on_release cgroup.procs"
                + " devices.allow; do ! test -e $d/$f || echo 1 >$d/$f; done; done' 2>&1 | grep -v"
                + " 'Read-only file system'",
            ""),
        attack(
            "devices",
            "docker run --rm base:1 sh -c 'cd /dev; for f in *; do test -L $f && continue; test -b $f && echo $f; test -c $f"
                + " && echo $f; done; cat /proc/self/uid_map'",
            "full\nnull\nrandom\ntty\nurandom\nzero\n +0 +0 +4294967295"),
        attack(
            "the engine's sockets and files, and abstract sockets of the host",
            "docker run --rm base:1 sh -c \"ls $S; find / -xdev -name '*.sock'; wc -l"
                + " </proc/net/unix\"",
            "(?s)1\n! ls: .*No such file or directory"),
        attack(
            "another's processes, memory and queues",
            "docker exec vv sh -c 'echo x >/dev/shm/x'; docker run --rm base:1 sh -c 'ls /dev/shm;"
                + " ls -d /proc/[0-9]*'; docker run --rm --ipc container:vv base:1 true 2>&1 | grep"
                + " -o non-shareable",
            "/proc/1\n/proc/[0-9]+\nnon-shareable|/proc/1\nnon-shareable"));
  }

  private static List<Attack> engine() {
    return List.of(
        attack(
            "control characters in names",
            "for n in ../x .. a/b $'a\\nb' $'a\\eb' -x ''; do docker create --name=\"$n\" base:1"
                + " >/dev/null 2>&1 && test -n \"$n\" && echo container $n; docker volume create -d"
                + " local --name=\"$n\" 2>/dev/null | grep -Fx -- \"${n:-none}\"; done",
            ""),
        attack(
            "control characters in labels and variables",
            "docker create --name esc --label $'l=\\e[2J\"\\n\\x01' -e $'E=\\e[2J\\n' base:1"
                + " >/dev/null; docker inspect -f '{{json .Config.Labels}}{{json .Config.Env}}'"
                + " esc; sleep 1.2; docker events --since 10m --until 0s --filter container=esc --format"
                + " '{{json .Actor.Attributes.l}}'; docker rm esc",
            "\\{\"l\":\"\\\\u001b\\[2J\\\\\"\\\\n\\\\u0001\"\\}\\[\"E=\\\\u001b\\[2J\\\\n\",\"PATH=.*\\]\n"
                + "\"\\\\u001b\\[2J\\\\\"\\\\n\\\\u0001\"\nesc"),
        attack(
            "lines of a log without end, and with what is no text",
            "docker run --name log base:1 sh -c 'head -c 3000000 /dev/zero | tr \"\\0\" x; printf"
                + " \"\\0\\033\\377\\r\\n\"' | wc -c; docker logs log | wc -c; docker logs log | tail"
                + " -c 5 | od -An -tx1; docker rm log",
            "3000005\n3000005\n *00 1b ff 0d 0a\nlog"),
        attack(
            "a file of hosts that is larger than the engine's memory",
            "docker network create wn >/dev/null; docker run -d --name big base:1 sh -c 'truncate -s"
                + " 20G /etc/hosts; touch /done; sleep 1000' >/dev/null; docker exec big sh -c"
                + " 'until test -e /done; do sleep 0.1; done'; docker network connect wn big; docker"
                + " rm -f big; docker network rm wn",
            "big\nwn\n! Error response from daemon: the container made its /etc/hosts larger than 4"
                + " MiB;.*"),
        attack(
            "exec in what is paused or has ended",
            "docker pause vv; docker exec vv true; docker unpause vv; docker create --name end base:1"
                + " >/dev/null; docker exec end true; docker rm end",
            "vv\nvv\nend\n! .*[Cc]ontainer vv is paused, unpause the container before exec\n! .*is not"
                + " running"));
  }

  @TempDir static Path dir;
  private static DaemonProcess daemon;
  private static Session session;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(Session.has("docker"), "there is no docker command");
    assumeTrue(Session.has("busybox"), "busybox-static is not installed");
    daemon = DaemonProcess.start(dir, "graft-w1");
    session = new Session(daemon.host(), Files.createDirectory(dir.resolve("scratch")));
    session.furnish();
    session.run(
        new Session.Step(
            "mkdir $S/out $S/secret; echo SECRET >$S/secret/f; docker import -c 'CMD [\"sh\"]' -c"
                + " 'ENV PATH=/bin' $S/busybox.tar base:1; docker run -d --name vv --health-cmd '(ls"
                + " -1 /proc/$$/fd) >/fdh.new; mv /fdh.new /fdh' --health-interval 300ms base:1 sleep"
                + " 10000",
            false));
  }

  @AfterAll
  static void stop() throws Exception {
    if (daemon != null) {
      session.run(new Session.Step("docker rm -f $(docker ps -aq)", false));
      daemon.close();
      session.run(new Session.Step("ip link del graft-w1", false));
    }
  }

  @Test
  void hold() throws Exception {
    List<String> through = new ArrayList<>();
    int tried = 0;
    for (Attack attack :
        Stream.of(descriptors(), copies(), images(), kernel(), engine())
            .flatMap(List::stream)
            .toList()) {
      Session.Answer answer = session.run(new Session.Step(PRELUDE + attack.script(), true));
      tried++;
      if (answer.exit() == -1 || !answer.out().strip().matches(attack.said())) {
        through.add(attack.name() + ": " + answer.exit() + "\n" + answer.out());
      }
      try (Stream<Path> left = Files.list(dir.resolve("scratch/out"))) {
        List<Path> all = left.toList();
        if (!all.isEmpty()) {
          through.add(attack.name() + ": wrote to the host: " + all);
          session.run(new Session.Step("rm -rf $S/out/*", false));
        }
      }
    }
    assertThat(tried).isGreaterThan(30);
    assertThat(through).isEmpty();
  }

  /// Names in paths of the API lead to no file, whatever is in them.
  @Test
  void namesInRequestsAreNoPaths() throws Exception {
    List<String> through = new ArrayList<>();
    for (String name :
        List.of("..", "%2e%2e", "..%2f..%2fx", "a%00b", "a%0ab", "%ff", "f".repeat(64))) {
      for (String path :
          List.of(
              "GET /containers/%s/json",
              "GET /containers/%s/archive?path=/etc/passwd",
              "GET /containers/%s/logs?stdout=1",
              "DELETE /containers/%s?force=1",
              "GET /volumes/%s",
              "DELETE /volumes/%s?force=1",
              "GET /networks/%s",
              "GET /images/%s/json",
              "DELETE /images/%s?force=1",
              "GET /exec/%s/json")) {
        String answer = ask(path.formatted(name));
        boolean forced = path.startsWith("DELETE /volumes");
        if (!answer.matches("(?s)HTTP/1.1 4(00|04) .*")
            && !(forced && answer.startsWith("HTTP/1.1 204"))) {
          through.add(path.formatted(name) + ": " + answer.lines().findFirst().orElse(""));
        }
      }
    }
    assertThat(ask("GET /containers/json?filters=" + "x".repeat(1 << 20))).startsWith("HTTP/1.1 4");
    assertThat(ask("GET /containers/json")).startsWith("HTTP/1.1 200");
    assertThat(through).isEmpty();
  }

  private static String ask(String request) throws Exception {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(daemon.socket()))) {
      String text =
          request.replaceFirst(" ", " /v1.51")
              + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n";
      ByteBuffer out = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
      try {
        while (out.hasRemaining()) {
          channel.write(out);
        }
      } catch (java.io.IOException e) {
        // It may have answered already, and listen no more.
      }
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      ByteBuffer in = ByteBuffer.allocate(1 << 16);
      while (channel.read(in) >= 0) {
        all.write(in.array(), 0, in.position());
        in.clear();
      }
      return all.toString(StandardCharsets.ISO_8859_1);
    }
  }
}
