package graft.container;

import graft.network.Endpoint;
import graft.network.HostsFile;
import graft.network.ResolvConf;
import graft.network.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Writes the files that are bound over /etc/hosts, /etc/hostname and /etc/resolv.conf; what stands
/// in them is the network's to say.
final class SystemFiles {
  private SystemFiles() {}

  static void write(ContainerFiles files, Container c, Sandbox sandbox, Optional<String> gateway)
      throws IOException {
    ContainerSpec.Net net = c.spec().net();
    String hostname = c.spec().run().hostname();
    ResolvConf.Overrides overrides =
        new ResolvConf.Overrides(net.dns(), net.dnsSearch(), net.dnsOptions());
    boolean host = sandbox.space() == Sandbox.Space.HOST;
    Files.writeString(files.hostname(c.id()), HostsFile.hostname(hostname));
    Files.writeString(
        files.hosts(c.id()),
        host
            ? HostsFile.onHost(Files.readString(Path.of("/etc/hosts")), net.extraHosts(), gateway)
            : HostsFile.of(
                hostname,
                c.spec().run().domainname(),
                net.extraHosts(),
                gateway,
                addresses(sandbox)));
    Files.writeString(
        files.resolvConf(c.id()),
        host
            ? ResolvConf.onHost(ResolvConf.usual(), overrides)
            : ResolvConf.inContainer(ResolvConf.ofHost(), overrides));
  }

  private static List<String> addresses(Sandbox sandbox) {
    return sandbox.endpoints().stream().map(Endpoint::address).filter(a -> !a.isEmpty()).toList();
  }
}
