package graft.container;

import graft.container.ContainerSpec.Link;
import graft.container.ContainerSpec.Net;
import graft.error.GraftException;
import graft.network.AttachRequest;
import graft.network.Attachment;
import graft.network.Endpoint;
import graft.network.Network;
import graft.network.NetworkMode;
import graft.network.Networks;
import graft.network.Sandbox;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// What a container's record means to the network: from names of others to what they stand for now.
///
/// @param find a container by id or name
record Wiring(Networks networks, Function<String, Container> find, UserSpaces users) {
  /// What it asks for when it starts.
  AttachRequest request(Container c) {
    Net net = c.spec().net();
    return new AttachRequest(
        c.id(),
        c.name(),
        c.spec().run().hostname(),
        mode(net),
        net.ports(),
        c.spec().exposedPorts(),
        net.publishAll(),
        net.dns(),
        users.of(c));
  }

  private NetworkMode mode(Net net) {
    if (!net.mode().startsWith("container:")) {
      return new NetworkMode.On(attachments(net));
    }
    Container other = find.apply(net.mode().substring("container:".length()));
    if (!other.state().alive()) {
      throw GraftException.conflict(
          "cannot join network namespace of a non running container: container "
              + other.name()
              + " is "
              + other.state().word());
    }
    return new NetworkMode.Joined(other.id(), Path.of("/proc/" + other.state().pid() + "/ns/net"));
  }

  /// The first of them, which the mode names, has the hardware address that the request has for the
  /// container.
  private static List<Attachment> attachments(Net net) {
    List<Attachment> all = new ArrayList<>(net.attachments());
    if (!all.isEmpty() && net.mac().isPresent() && all.getFirst().mac().isEmpty()) {
      all.set(0, all.getFirst().withMac(net.mac()));
    }
    return all;
  }

  /// Networks by the name they have, each once; a network that does not exist yet stays as it is
  /// named. INVALID for what one of them cannot give.
  List<Attachment> named(List<Attachment> given) {
    Map<String, Attachment> all = new LinkedHashMap<>();
    for (Attachment one : given) {
      Optional<Network> network = network(one.network());
      network.ifPresent(n -> check(one, n));
      String name = network.map(Network::name).orElse(one.network());
      Attachment before = all.get(name);
      if (before == null || before.equals(Attachment.to(before.network()))) {
        all.put(name, one.on(name));
      }
    }
    return List.copyOf(all.values());
  }

  private static void check(Attachment asked, Network network) {
    try {
      asked.check(network);
    } catch (GraftException e) {
      throw network.predefined()
          ? e
          : new GraftException(
              e.kind(), "invalid config for network " + asked.network() + ": " + e.text(), e);
    }
  }

  private Optional<Network> network(String reference) {
    try {
      return Optional.of(networks.find(reference));
    } catch (GraftException e) {
      // Whoever starts the container is told.
      return Optional.empty();
    }
  }

  // ---- links

  /// Lines of /etc/hosts for linked containers: the alias, their own name, the one they are called
  /// by.
  List<String> linkedHosts(Container c) {
    List<String> all = new ArrayList<>();
    for (Link link : c.spec().net().links()) {
      Container other = linked(c, link);
      String names = link.alias() + " " + other.spec().run().hostname();
      if (!link.alias().equals(other.name())) {
        names += " " + other.name();
      }
      all.add(bridged(other).address() + "\t" + names + "\n");
    }
    return all;
  }

  private Container linked(Container c, Link link) {
    Container other = find.apply(link.container());
    if (!other.state().alive()) {
      throw GraftException.internal(
          "Cannot link to a non running container: /"
              + other.name()
              + " AS /"
              + c.name()
              + "/"
              + link.alias(),
          null);
    }
    return other;
  }

  private Endpoint bridged(Container other) {
    return networks
        .sandbox(other.id())
        .map(Sandbox::endpoints)
        .flatMap(all -> all.stream().filter(e -> e.network().equals("bridge")).findFirst())
        .orElseThrow(() ->
            GraftException.invalid(
                "Cannot link to /"
                    + other.name()
                    + ", as it does not belong to the default network"));
  }

  /// The variables that tell a program where linked containers are.
  ///
  /// Source: Docker's legacy container links.
  List<String> linkedVariables(Container c) {
    List<String> all = new ArrayList<>();
    for (Link link : c.spec().net().links()) {
      Container other = linked(c, link);
      String address = bridged(other).address();
      String prefix = link.alias().toUpperCase(Locale.ROOT).replace('-', '_');
      List<String> ports =
          other.spec().exposedPorts().stream()
              .sorted(Comparator.comparingInt(Wiring::port))
              .toList();
      if (!ports.isEmpty()) {
        all.add(prefix + "_PORT=" + url(ports.getFirst(), address));
      }
      for (String target : ports) {
        String protocol = target.substring(target.indexOf('/') + 1);
        String name = prefix + "_PORT_" + port(target) + "_" + protocol.toUpperCase(Locale.ROOT);
        all.add(name + "=" + url(target, address));
        all.add(name + "_ADDR=" + address);
        all.add(name + "_PORT=" + port(target));
        all.add(name + "_PROTO=" + protocol);
      }
      all.add(prefix + "_NAME=/" + c.name() + "/" + link.alias());
      for (String variable : other.spec().env()) {
        String name = Merge.nameOf(variable);
        if (!name.equals("HOME") && !name.equals("PATH")) {
          all.add(prefix + "_ENV_" + variable);
        }
      }
    }
    return all;
  }

  private static int port(String target) {
    return Integer.parseInt(target.substring(0, target.indexOf('/')));
  }

  private static String url(String target, String address) {
    return target.substring(target.indexOf('/') + 1) + "://" + address + ":" + port(target);
  }
}
