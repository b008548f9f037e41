package graft.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.db.Db;
import graft.event.Event;
import graft.event.Events;
import graft.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Volumes that are a file system of their own, with real mounts.
@Tag("root")
final class DeviceVolumesTest {
  @TempDir Path directory;
  private Path root;
  private Path outside;
  private Db db;
  private Events events;
  private Volumes volumes;

  @BeforeEach
  void open() throws IOException {
    root = directory.resolve("volumes");
    outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("precious"), "of somebody else");
    db = Db.open(directory.resolve("db"));
    events = new Events();
    volumes = Volumes.open(db, events, root);
  }

  @AfterEach
  void close() throws IOException {
    for (Path mount : Mounts.below(root.toRealPath()).reversed()) {
      Mounts.unmount(mount);
    }
    db.close();
  }

  private Volume bind(String name, String words) throws IOException {
    return volumes.create(
        name, "", Map.of("type", "none", "o", words, "device", outside.toString()), Map.of());
  }

  private static boolean mounted(Volume v) throws IOException {
    return Mounts.isMountPoint(v.path().toRealPath());
  }

  @Test
  void isMountedForTheFirstUserAndUnmountedAfterTheLast() throws IOException {
    Volume v = bind("v1", "bind");
    assertThat(mounted(v)).isFalse();
    volumes.enter("v1", "a", Map.of("container", "a"));
    volumes.enter("v1", "a", Map.of("container", "a"));
    volumes.enter("v1", "b", Map.of("container", "b"));
    assertThat(v.path().resolve("precious")).exists();
    assertThat(Mounts.below(v.path().toRealPath())).hasSize(1);
    volumes.leave("v1", "a", Map.of("container", "a"));
    assertThat(mounted(v)).isTrue();
    volumes.leave("v1", "b", Map.of("container", "b"));
    volumes.leave("v1", "b", Map.of("container", "b"));
    assertThat(mounted(v)).isFalse();
    try (Events.Subscription heard = events.subscribe(true)) {
      assertThat(heard.past())
          .extracting(Event::action)
          .containsExactly("create", "mount", "mount", "unmount", "unmount");
      assertThat(heard.past().get(1).attributes())
          .containsOnly(Map.entry("container", "a"), Map.entry("driver", "local"));
    }
  }

  @Test
  void aReadOnlyBindIsReadOnly() throws IOException {
    Volume v = bind("v1", "bind,ro");
    volumes.enter("v1", "a", Map.of());
    assertThatThrownBy(() -> Files.writeString(v.path().resolve("x"), ""))
        .hasMessageContaining("Read-only");
    volumes.leave("v1", "a", Map.of());
  }

  @Test
  void aTmpfsTakesItsOptions() throws IOException {
    Volume v =
        volumes.create(
            "v1", "", Map.of("type", "tmpfs", "device", "tmpfs", "o", "size=1m,uid=7"), Map.of());
    volumes.enter("v1", "a", Map.of());
    assertThat(Files.getFileStore(v.path()).getTotalSpace()).isEqualTo(1 << 20);
    assertThat(Files.getAttribute(v.path(), "unix:uid")).isEqualTo(7);
    volumes.leave("v1", "a", Map.of());
  }

  /// What a kill -9 leaves: the mount, and nobody who knows of it.
  @Test
  void aNewEngineTakesMountsUpAndTakesAwayThoseWithoutAUser() throws IOException {
    Volume used = bind("used", "bind");
    Volume left = bind("left", "bind");
    volumes.enter("used", "a", Map.of());
    volumes.enter("left", "b", Map.of());
    Volumes next = Volumes.open(db, events, root);
    assertThat(next.find("used")).isEqualTo(used);
    next.enter("used", "a", Map.of());
    next.settle();
    assertThat(Mounts.below(root.toRealPath())).containsExactly(used.path().toRealPath());
    next.leave("used", "a", Map.of());
    assertThat(Mounts.below(root.toRealPath())).isEmpty();
    assertThat(mounted(left)).isFalse();
  }

  /// A removal deletes a tree; the files of a device are not in it, mounted or not.
  @Test
  void removingNeverTouchesTheDevice() throws IOException {
    bind("v1", "bind");
    bind("v2", "rbind");
    volumes.enter("v1", "a", Map.of());
    volumes.remove("v1", false, _ -> List.of());
    volumes.enter("v2", "a", Map.of());
    Files.move(root.resolve("v2"), root.resolve(".removing-v2"));
    Volumes.open(db, events, root);
    assertThat(root).isEmptyDirectory();
    assertThat(outside.resolve("precious")).hasContent("of somebody else");
  }

  @Test
  void aPruneLeavesThemAlone() throws IOException {
    bind("v1", "bind");
    assertThat(volumes.unused(true, _ -> List.of())).isEmpty();
  }

  @Test
  void failuresAreDockersAndLeaveNothing() throws IOException {
    Volume missing =
        volumes.create(
            "v1", "", Map.of("type", "none", "o", "bind", "device", "/nowhere/at/all"), Map.of());
    assertThatThrownBy(() -> volumes.enter("v1", "a", Map.of()))
        .hasMessage(
            "error while mounting volume '%s': failed to mount local volume: mount"
                + " /nowhere/at/all:%s, flags: 0x1000: no such file or directory",
            missing.path(), missing.path());
    Volume wrong =
        volumes.create(
            "v2", "", Map.of("type", "tmpfs", "device", "tmpfs", "o", "password=x,foo"), Map.of());
    assertThatThrownBy(() -> volumes.enter("v2", "a", Map.of()))
        .hasMessage(
            "error while mounting volume '%s': failed to mount local volume: mount tmpfs:%s, data:"
                + " password=********,foo: invalid argument",
            wrong.path(), wrong.path());
    volumes.create("v3", "", Map.of("type", "tmpfs", "device", ""), Map.of());
    assertThatThrownBy(() -> volumes.enter("v3", "a", Map.of()))
        .hasMessageEndingWith("missing device in volume options");
    volumes.create(
        "v4", "", Map.of("type", "nfs", "device", ":/x", "o", "addr=no.such.invalid"), Map.of());
    assertThatThrownBy(() -> volumes.enter("v4", "a", Map.of()))
        .hasMessageContaining("error resolving passed in network volume address");
    assertThat(Mounts.below(root.toRealPath())).isEmpty();
  }
}
