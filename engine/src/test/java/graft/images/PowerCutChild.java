package graft.images;

import graft.content.ContentStore;
import graft.content.FileContentStore;
import graft.db.Db;
import graft.event.Events;
import graft.image.Edits;
import graft.image.Image;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarWriter;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.ImageConfig.History;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.registry.Credentials;
import graft.registry.Registries;
import graft.registry.RegistryOptions;
import graft.snapshot.DirLayerStore;
import graft.snapshot.LayerStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// Brings images in and removes them, without end, and says of each call when it has returned:
/// `here NAME ID`, and before and after a removal `going NAME ID` and `gone NAME ID`.
final class PowerCutChild {
  private final Images images;
  private final LayerStore layers;
  private final Random random = new Random();
  private final Deque<String> names = new ArrayDeque<>();
  private int number;

  private PowerCutChild(Images images, LayerStore layers) {
    this.images = images;
    this.layers = layers;
  }

  /// @param arguments the data root, and the name of an image to pull
  static void main(String[] arguments) throws Exception {
    Path root = Files.createDirectories(Path.of(arguments[0]));
    Reference remote = Reference.parse(arguments[1]);
    Db db = Db.open(root.resolve("db"));
    ContentStore content = FileContentStore.open(root.resolve("content"));
    DirLayerStore layers = DirLayerStore.open(root, Limits.DEFAULT);
    Images images = new Images(content, layers, db, new Events(), _ -> List.of(), List::of);
    PowerCutChild child = new PowerCutChild(images, layers);
    try (Registries registries = new Registries(RegistryOptions.defaults())) {
      while (true) {
        child.imports();
        child.commits();
        child.builds();
        child.loads();
        Images.Pulled pulled =
            images.pull(
                registries.repository(remote, Credentials.NONE),
                remote,
                Platform.host(),
                Progress.SILENT);
        child.here(remote.familiar(), pulled.image().id());
        while (child.names.size() > 5) {
          child.remove(child.names.removeFirst());
        }
      }
    }
  }

  private static void say(String what, String name, Digest id) {
    byte[] line = (what + " " + name + " " + id + "\n").getBytes(StandardCharsets.UTF_8);
    System.out.write(line, 0, line.length);
    System.out.flush();
  }

  private void here(String name, Digest id) {
    names.remove(name);
    names.addLast(name);
    say("here", name, id);
  }

  private void remove(String name) throws IOException {
    Digest id = images.find(name).id();
    say("going", name, id);
    images.remove(name, true, true);
    say("gone", name, id);
  }

  private Reference next(String how) {
    return Reference.parse("cut/" + how + ":" + number++);
  }

  private void tar(OutputStream out) throws IOException {
    try (TarWriter tar = new TarWriter(out)) {
      for (int i = 0; i < 100; i++) {
        byte[] bytes = new byte[random.nextInt(20_000)];
        random.nextBytes(bytes);
        tar.write(
            new TarEntry(
                Name.of("d" + i % 7 + "/f" + i),
                TarEntry.Type.FILE,
                0644,
                0,
                0,
                bytes.length,
                Instant.EPOCH,
                Name.EMPTY,
                0,
                0,
                Map.of()),
            new ByteArrayInputStream(bytes));
      }
    }
  }

  private void imports() throws Exception {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    tar(tar);
    Reference name = next("import");
    ImageRecord image =
        images.importTar(
            new Growth.Import(Optional.of(name), "", List.of(), Platform.host()),
            new ByteArrayInputStream(tar.toByteArray()));
    here(name.familiar(), image.id());
  }

  private static Images.Recipe recipe(Optional<Digest> layer) {
    byte[] document = ("how " + layer).getBytes(StandardCharsets.UTF_8);
    return new Images.Recipe(document, List.of(("of " + layer).getBytes(StandardCharsets.UTF_8)));
  }

  private void commits() throws Exception {
    Reference name = next("commit");
    ImageRecord image =
        images.commit(
            new Growth.Commit(
                images.find(names.getLast()),
                "base",
                Optional.of(name),
                new History(Optional.of(Instant.now()), "x", "", "", false),
                s -> s,
                this::tar,
                layer -> Optional.of(recipe(layer))));
    here(name.familiar(), image.id());
  }

  /// As a build does: layers that are used at once, and durable when the image is kept.
  private void builds() throws Exception {
    Reference name = next("build");
    Image image = Edits.fromScratch(Platform.host());
    try (Leases.Lease lease = images.leases().lease()) {
      for (int i = 0; i < 3; i++) {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        tar(tar);
        try (LayerStore.Batch batch = layers.begin()) {
          LayerStore.Info info =
              batch.add(
                  Optional.empty(),
                  new ByteArrayInputStream(tar.toByteArray()),
                  List.of(),
                  _ -> {});
          lease.hold(List.of(info.diffId()));
          batch.publish();
          image =
              Edits.append(
                  image,
                  new Image.Layer(
                      new Descriptor(MediaTypes.OCI_LAYER, info.diffId(), info.tarSize()),
                      info.diffId()),
                  new History(Optional.of(Instant.now()), "x", "", "", false),
                  s -> s);
        }
      }
      Digest last = image.config().diffIds().getLast();
      ImageRecord kept = images.keep(image, List.of(name), Optional.of(recipe(Optional.of(last))));
      here(name.familiar(), kept.id());
    }
  }

  /// An image is saved and removed, and comes back.
  private void loads() throws Exception {
    String name = names.getLast();
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    images.save(List.of(name), archive);
    names.remove(name);
    remove(name);
    List<Archives.Loaded> loaded =
        images.load(
            new ByteArrayInputStream(archive.toByteArray()), Optional.empty(), Progress.SILENT);
    here(name, loaded.getFirst().image().id());
  }
}
