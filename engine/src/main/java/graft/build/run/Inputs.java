package graft.build.run;

import graft.build.BuildRequest;
import graft.build.Rooms;
import graft.build.plan.StageGraph.Base;
import graft.build.run.BuildRun.Built;
import graft.build.source.FileSource;
import graft.build.source.FileStore;
import graft.build.source.FileTree;
import graft.build.source.RootSource;
import graft.build.source.TreeSource;
import graft.build.source.Used;
import graft.oci.Digest;
import java.io.IOException;
import java.util.List;

/// What a step takes files from: a context, whose files are known one by one, or the layers of a
/// stage or an image, which are known as a whole.
sealed interface Inputs {
  /// Opened when they are read; the caller closes it.
  FileSource open() throws IOException;

  Steps.Taken taken();

  /// Hears which of the files a step takes.
  Used used();

  record OfTree(FileTree tree, FileStore store, Used used) implements Inputs {
    @Override
    public FileSource open() {
      return new TreeSource(tree, store);
    }

    @Override
    public Steps.Taken taken() {
      return Steps.Taken.NOTHING;
    }
  }

  record OfLayers(Rooms rooms, List<Digest> layers, Steps.Taken taken) implements Inputs {
    @Override
    public Used used() {
      return Used.NOBODY;
    }

    @Override
    public FileSource open() throws IOException {
      return view(rooms, layers);
    }
  }

  /// @param layers bottom first
  static FileSource view(Rooms rooms, List<Digest> layers) throws IOException {
    var view = rooms.snapshots().view(layers.reversed());
    return RootSource.open(view.root(), view::close);
  }

  /// @param from as `--from` has it; empty for the context
  static Inputs of(BuildRun build, int stage, String from)
      throws IOException, InterruptedException {
    if (from.isEmpty()) {
      return context(build, "");
    }
    return switch (build.graph.base(build.request, stage, from)) {
      case Base.Scratch _ -> new OfTree(FileTree.EMPTY, build.files, Used.NOBODY);
      case Base.OfStage(int index) -> of(build, build.stage(index));
      case Base.Image(String name, var platform) ->
          of(build, build.image(name, platform.orElse(build.graph.platform(stage))));
      case Base.Named(String name, BuildRequest.Source source) ->
          switch (source) {
            case BuildRequest.Source.Image(var reference) ->
                of(build, build.contextImage(name, reference));
            case BuildRequest.Source.Result(String id) -> of(build, build.result(name, id));
            case BuildRequest.Source.Layout layout -> of(build, build.layout(name, layout));
            case BuildRequest.Source.Local _,
                BuildRequest.Source.Git _,
                BuildRequest.Source.Http _,
                BuildRequest.Source.Download _,
                BuildRequest.Source.Within _ ->
                context(build, name);
          };
    };
  }

  /// @param name empty for the main one
  static Inputs.OfTree context(BuildRun build, String name)
      throws IOException, InterruptedException {
    FileTree tree = name.isEmpty() ? build.contexts.main() : build.contexts.named(name);
    return new OfTree(tree, build.files, build.recording.context(name));
  }

  private static Inputs of(BuildRun build, Built built) {
    return new OfLayers(
        build.rooms, built.layers(), new Steps.Taken(built.keys(), built.last(), built.layers()));
  }
}
