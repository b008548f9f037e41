package graft.runtime;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Device nodes of the host, as a bundle names them.
final class HostDevices {
  private static final int TYPE = 0170000;
  private static final int CHARACTER = 0020000;
  private static final int BLOCK = 0060000;

  /// Below /dev but not devices to hand on: the container has its own.
  private static final Set<String> SKIPPED =
      Set.of("pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "console");

  record Node(String path, char type, long major, long minor, int mode, int uid, int gid) {
    void writeTo(ArrayNode list) {
      ObjectNode node = list.addObject();
      node.put("path", path);
      node.put("type", String.valueOf(type));
      node.put("major", major);
      node.put("minor", minor);
      node.put("fileMode", mode);
      node.put("uid", uid);
      node.put("gid", gid);
    }
  }

  private HostDevices() {}

  /// The node at a path, or every node below it if it is a directory.
  static List<Node> find(String onHost, String inside) throws IOException {
    Path path = Path.of(onHost);
    if (!path.isAbsolute() || !Files.exists(path)) {
      throw GraftException.internal(
          "error gathering device information while adding custom device \""
              + onHost
              + "\": no such file or directory",
          null);
    }
    List<Node> nodes = new ArrayList<>();
    collect(path.toRealPath(), inside, nodes);
    if (nodes.isEmpty()) {
      throw GraftException.internal(
          "error gathering device information while adding custom device \""
              + onHost
              + "\": not a device node",
          null);
    }
    return nodes;
  }

  static List<Node> all() throws IOException {
    List<Node> nodes = new ArrayList<>();
    collect(Path.of("/dev"), "/dev", nodes);
    return nodes;
  }

  private static void collect(Path path, String inside, List<Node> nodes) throws IOException {
    Map<String, Object> facts = facts(path);
    int mode = (Integer) facts.getOrDefault("mode", 0);
    int type = mode & TYPE;
    if (type == CHARACTER || type == BLOCK) {
      long device = (Long) facts.getOrDefault("rdev", 0L);
      nodes.add(
          new Node(
              inside,
              type == CHARACTER ? 'c' : 'b',
              major(device),
              minor(device),
              mode & 0777,
              (Integer) facts.getOrDefault("uid", 0),
              (Integer) facts.getOrDefault("gid", 0)));
    } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      List<Path> children = new ArrayList<>();
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(path)) {
        stream.forEach(children::add);
      }
      children.sort(null);
      for (Path child : children) {
        String name = child.getFileName().toString();
        if (!SKIPPED.contains(name)) {
          collect(child, inside + "/" + name, nodes);
        }
      }
    }
  }

  private static Map<String, Object> facts(Path path) throws IOException {
    return Files.readAttributes(path, "unix:mode,rdev,uid,gid", LinkOption.NOFOLLOW_LINKS);
  }

  /// Number of a block device, for a throttle.
  static long[] number(String onHost) throws IOException {
    if (!Files.exists(Path.of(onHost))) {
      throw GraftException.internal("stat " + onHost + ": no such file or directory", null);
    }
    Node node = find(onHost, onHost).getFirst();
    return new long[] {node.major(), node.minor()};
  }

  static long major(long device) {
    return (device >> 8 & 0xfff) | (device >> 32 & ~0xfffL);
  }

  static long minor(long device) {
    return (device & 0xff) | (device >> 12 & ~0xffL);
  }
}
