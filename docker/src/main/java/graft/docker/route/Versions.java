package graft.docker.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import graft.docker.http.ApiVersion;
import graft.docker.json.Nodes;
import graft.oci.Json;
import java.util.List;
import java.util.Map;

/// How answers to older versions of the API differ from those of the newest: the one table. Routes
/// make the newest form of an answer and have it turned into the asked one.
///
/// Source: Docker Engine API, version history, and a dockerd 28.5 asked with each version.
final class Versions {
  enum Answer {
    INFO,
    IMAGE,
    IMAGES,
    DISK_USAGE,
    CONTAINER
  }

  /// What older versions have in the place of a field.
  private sealed interface Older {
    record Missing() implements Older {}

    record Value(JsonNode value) implements Older {}

    /// The value of another field of the same object.
    record CopyOf(String field) implements Older {}

    /// Another list of the same object but for its first member.
    record RestOf(String field) implements Older {}

    record NullIfEmpty() implements Older {}

    /// `name=seccomp,profile=builtin` as `seccomp`.
    record BareNames() implements Older {}

    /// Values for what the object does not have.
    record Filled(Map<String, JsonNode> values) implements Older {}
  }

  /// @param below the minor version from which on the newest form is right
  /// @param path names between dots; `*` stands for every member of an object or array
  private record Row(Answer answer, int below, String path, Older older) {}

  private static final Older MISSING = new Older.Missing();
  private static final Older TRUE = new Older.Value(BooleanNode.TRUE);
  private static final Older FALSE = new Older.Value(BooleanNode.FALSE);
  private static final Older NULL = new Older.Value(NullNode.getInstance());
  private static final Older MINUS_ONE = new Older.Value(new IntNode(-1));
  private static final Older NULL_IF_EMPTY = new Older.NullIfEmpty();

  /// What image configs had of containers, and never meant anything.
  private static final Older CONTAINER_FIELDS =
      new Older.Filled(
          Map.of(
              "AttachStderr", BooleanNode.FALSE,
              "AttachStdin", BooleanNode.FALSE,
              "AttachStdout", BooleanNode.FALSE,
              "Domainname", new TextNode(""),
              "Hostname", new TextNode(""),
              "Image", new TextNode(""),
              "OpenStdin", BooleanNode.FALSE,
              "StdinOnce", BooleanNode.FALSE,
              "Tty", BooleanNode.FALSE));

  private static final List<Row> TABLE =
      List.of(
          new Row(Answer.INFO, 25, "SecurityOptions", new Older.BareNames()),
          new Row(Answer.INFO, 42, "KernelMemory", TRUE),
          new Row(Answer.INFO, 44, "Runtimes.*.status", MISSING),
          new Row(Answer.INFO, 46, "Containerd", MISSING),
          new Row(Answer.INFO, 47, "RegistryConfig.AllowNondistributableArtifactsCIDRs", NULL),
          new Row(Answer.INFO, 47, "RegistryConfig.AllowNondistributableArtifactsHostnames", NULL),
          new Row(Answer.INFO, 49, "FirewallBackend", MISSING),
          new Row(Answer.INFO, 49, "RuncCommit.Expected", new Older.CopyOf("ID")),
          new Row(Answer.INFO, 50, "BridgeNfIptables", FALSE),
          new Row(Answer.INFO, 50, "BridgeNfIp6tables", FALSE),
          new Row(Answer.IMAGES, 43, "*.RepoDigests", NULL_IF_EMPTY),
          new Row(Answer.IMAGES, 44, "*.VirtualSize", new Older.CopyOf("Size")),
          new Row(Answer.IMAGES, 51, "*.Containers", MINUS_ONE),
          new Row(Answer.IMAGE, 44, "VirtualSize", new Older.CopyOf("Size")),
          new Row(Answer.IMAGE, 45, "ContainerConfig", CONTAINER_FIELDS),
          new Row(Answer.IMAGE, 50, "Config", CONTAINER_FIELDS),
          new Row(
              Answer.CONTAINER,
              45,
              "NetworkSettings.Networks.*.Aliases",
              new Older.RestOf("DNSNames")),
          new Row(Answer.DISK_USAGE, 44, "Images.*.VirtualSize", new Older.CopyOf("Size")));

  private Versions() {}

  /// Changes the newest form into the one of this version.
  static <T extends JsonNode> T older(T json, Answer answer, ApiVersion version) {
    for (Row row : TABLE) {
      if (row.answer() == answer && !version.atLeast(row.below())) {
        change(json, row.path(), row.older());
      }
    }
    return json;
  }

  private static void change(JsonNode node, String path, Older older) {
    int dot = path.indexOf('.');
    if (dot >= 0) {
      String name = path.substring(0, dot);
      String rest = path.substring(dot + 1);
      if (name.equals("*")) {
        node.forEach(member -> change(member, rest, older));
      } else {
        change(node.path(name), rest, older);
      }
    } else if (node instanceof ObjectNode object) {
      put(object, path, older);
    }
  }

  private static void put(ObjectNode object, String name, Older older) {
    switch (older) {
      case Older.Missing _ -> object.remove(name);
      case Older.Value v -> object.set(name, v.value());
      case Older.CopyOf c -> object.set(name, object.path(c.field()));
      case Older.RestOf r -> {
        List<String> all = Json.texts(object, r.field()).orElse(List.of());
        if (all.size() > 1) {
          object.set(name, Nodes.texts(all.subList(1, all.size())));
        }
      }
      case Older.NullIfEmpty _ -> {
        if (object.path(name).isEmpty()) {
          object.putNull(name);
        }
      }
      case Older.BareNames _ ->
          object.set(
              name,
              Nodes.texts(
                  Json.texts(object, name).orElse(List.of()).stream()
                      .map(t -> t.replaceFirst("^name=", "").replaceFirst(",.*", ""))
                      .toList()));
      case Older.Filled f -> {
        if (object.path(name) instanceof ObjectNode inner) {
          f.values().forEach(inner::putIfAbsent);
        }
      }
    }
  }
}
