package graft.container;

import graft.error.GraftException;
import graft.linux.Fd;
import graft.linux.IdMap;
import graft.linux.LinuxFiles;
import graft.network.Endpoint;
import graft.network.HostsFile;
import graft.network.ResolvConf;
import graft.network.Sandbox;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Writes the files that are bound over /etc/hosts, /etc/hostname and /etc/resolv.conf; what stands
/// in them is the network's to say.
final class SystemFiles {
  private static final int LARGEST = 4 << 20;

  private SystemFiles() {}

  /// @param linked lines for other containers
  static void write(
      ContainerFiles files,
      Container c,
      Sandbox sandbox,
      Optional<String> gateway,
      List<String> linked)
      throws IOException {
    ContainerSpec.Net net = c.spec().net();
    String hostname = c.spec().run().hostname();
    List<String> extra = net.extraHosts();
    Files.writeString(files.hostname(c.id()), HostsFile.hostname(hostname));
    Files.writeString(
        files.hosts(c.id()),
        sandbox.space() == Sandbox.Space.HOST
            ? HostsFile.onHost(Files.readString(Path.of("/etc/hosts")), extra, gateway)
            : HostsFile.of(
                hostname, c.spec().run().domainname(), extra, gateway, linked, addresses(sandbox)));
    Files.writeString(files.resolvConf(c.id()), resolvConf(c, sandbox));
  }

  /// They belong to the container's root.
  static void give(ContainerFiles files, Container c, IdMap ids) throws IOException {
    if (ids.isIdentity()) {
      return;
    }
    for (Path file :
        List.of(files.hostname(c.id()), files.hosts(c.id()), files.resolvConf(c.id()))) {
      try (Fd one = LinuxFiles.open(file.toString(), LinuxFiles.O_PATH)) {
        LinuxFiles.chown(one, (int) ids.uidOutside(0), (int) ids.gidOutside(0));
      }
    }
  }

  private static String resolvConf(Container c, Sandbox sandbox) throws IOException {
    ContainerSpec.Net net = c.spec().net();
    ResolvConf.Overrides overrides =
        new ResolvConf.Overrides(net.dns(), net.dnsSearch(), net.dnsOptions());
    if (sandbox.space() == Sandbox.Space.HOST) {
      return ResolvConf.onHost(ResolvConf.usual(), overrides);
    }
    return sandbox.resolves()
        ? ResolvConf.internal(ResolvConf.ofHost(), overrides)
        : ResolvConf.inContainer(ResolvConf.ofHost(), overrides);
  }

  /// After a change of networks. The container sees the files themselves, so they are written in
  /// place; what it wrote into them itself stays.
  static void change(ContainerFiles files, Container c, Sandbox before, Sandbox after)
      throws IOException {
    Path hosts = files.hosts(c.id());
    String text = read(hosts);
    String hostname = c.spec().run().hostname();
    String domainname = c.spec().run().domainname();
    List<String> kept = addresses(after);
    for (String address : addresses(before)) {
      if (!kept.contains(address)) {
        text = text.replace(latin(HostsFile.line(address, hostname, domainname)), "");
      }
    }
    for (String address : kept) {
      String line = latin(HostsFile.line(address, hostname, domainname));
      text = text.contains(line) ? text : text + line;
    }
    Files.write(hosts, text.getBytes(StandardCharsets.ISO_8859_1));
    if (read(files.resolvConf(c.id())).equals(latin(resolvConf(c, before)))) {
      Files.writeString(files.resolvConf(c.id()), resolvConf(c, after));
    }
  }

  /// The container may have written anything into it, also more than this process has memory.
  private static String read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] text = in.readNBytes(LARGEST + 1);
      if (text.length > LARGEST) {
        throw GraftException.conflict(
            "the container made its /etc/"
                + file.getFileName()
                + " larger than "
                + (LARGEST >> 20)
                + " MiB; make it smaller, or stop the container before its networks are changed");
      }
      return new String(text, StandardCharsets.ISO_8859_1);
    }
  }

  /// As [#read] has it: a character for each byte, so that what is no UTF-8 stays as it is.
  private static String latin(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static List<String> addresses(Sandbox sandbox) {
    return sandbox.endpoints().stream()
        .flatMap(SystemFiles::addresses)
        .filter(a -> !a.isEmpty())
        .toList();
  }

  private static Stream<String> addresses(Endpoint e) {
    return Stream.of(e.address(), e.address6());
  }
}
