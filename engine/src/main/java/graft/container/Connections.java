package graft.container;

import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.network.Attachment;
import graft.network.Network;
import graft.network.Networks;
import graft.network.Sandbox;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Containers and networks brought together and taken apart after creation: at once for those that
/// run, by the record for the others.
public final class Connections {
  private final Lifecycle lifecycle;
  private final Records records;
  private final Networks networks;
  private final Wiring wiring;
  private final ContainerFiles files;

  Connections(
      Lifecycle lifecycle,
      Records records,
      Networks networks,
      Wiring wiring,
      ContainerFiles files) {
    this.lifecycle = lifecycle;
    this.records = records;
    this.networks = networks;
    this.wiring = wiring;
    this.files = files;
  }

  /// FORBIDDEN if it is there already, INVALID for what the network cannot give.
  ///
  /// @param asked names the network by name, id or the beginning of one
  public void connect(String id, Attachment asked) throws IOException {
    Network network = networks.find(asked.network());
    if (network.driver().equals("host")) {
      throw GraftException.invalid(
          "cannot connect container to host network - container must be created in host network"
              + " mode");
    }
    asked.check(network);
    Attachment added = asked.on(network.name());
    lifecycle.change(
        id,
        (c, _) -> {
          checkMode(c, network);
          List<Attachment> all = new ArrayList<>(c.spec().net().attachments());
          boolean there = all.removeIf(a -> a.network().equals(network.name()));
          if (there && c.state().alive()) {
            throw new GraftException(
                Kind.FORBIDDEN,
                "endpoint with name " + c.name() + " already exists in network " + network.name());
          }
          all.add(added);
          Container changed = c.withSpec(c.spec().on(all));
          Optional<Sandbox> before = networks.sandbox(c.id());
          if (c.state().alive() && before.isPresent()) {
            Sandbox after = networks.connect(wiring.request(changed), added);
            try {
              SystemFiles.change(files, c, before.get(), after);
              records.save(changed);
            } catch (IOException | RuntimeException e) {
              networks.disconnect(wiring.request(c), network);
              throw e;
            }
          } else {
            records.save(changed);
          }
        });
  }

  private static void checkMode(Container c, Network network) {
    String mode = c.spec().net().mode();
    boolean shared = mode.equals("host") || mode.startsWith("container:");
    if (shared) {
      throw GraftException.invalid(
          "container sharing network namespace with another container or host cannot be connected"
              + " to any other network");
    }
    boolean alone = c.spec().net().attachments().stream().anyMatch(a -> a.network().equals("none"));
    if (alone || (network.name().equals("none") && !c.spec().net().attachments().isEmpty())) {
      throw GraftException.invalid(
          "container cannot be connected to multiple networks with one of the networks in private"
              + " (none) mode");
    }
  }

  /// FORBIDDEN if it is not there.
  public void disconnect(String id, String reference) throws IOException {
    Network network = networks.find(reference);
    lifecycle.change(
        id,
        (c, _) -> {
          if (c.spec().net().mode().equals("host")) {
            throw GraftException.invalid(
                "cannot disconnect container from host network - container was created in host"
                    + " network mode");
          }
          List<Attachment> rest =
              c.spec().net().attachments().stream()
                  .filter(a -> !a.network().equals(network.name()))
                  .toList();
          if (rest.size() == c.spec().net().attachments().size()) {
            throw new GraftException(
                Kind.FORBIDDEN,
                "container " + c.id() + " is not connected to network " + network.name());
          }
          Container changed = c.withSpec(c.spec().on(rest));
          Optional<Sandbox> before = networks.sandbox(c.id());
          boolean live = c.state().alive() && before.flatMap(s -> s.on(network.id())).isPresent();
          // First the record: an engine that dies here does not bring it back at the next start.
          records.save(changed);
          if (live) {
            Sandbox after = networks.disconnect(wiring.request(changed), network);
            SystemFiles.change(files, c, before.get(), after);
          }
        });
  }

  /// Takes a legacy link away: what runs keeps it until it starts again.
  public void unlink(String id, String alias) throws IOException {
    lifecycle.change(
        id,
        (c, _) -> {
          List<ContainerSpec.Link> rest =
              c.spec().net().links().stream().filter(l -> !l.alias().equals(alias)).toList();
          if (rest.size() == c.spec().net().links().size()) {
            throw GraftException.notFound("Could not find link /" + c.name() + "/" + alias);
          }
          records.save(c.withSpec(c.spec().linked(rest)));
        });
  }

  /// The names of a running container on its networks follow that of the container.
  void renamed(Container c) throws IOException {
    if (c.state().alive() && networks.sandbox(c.id()).isPresent()) {
      networks.rename(wiring.request(c));
    }
  }
}
