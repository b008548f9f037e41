package graft.docker.buildkit;

import graft.build.Builds.SourceFiles;
import graft.build.source.FileTree;
import graft.docker.buildkit.grpc.Call;
import graft.docker.buildkit.proto.Fs;
import graft.docker.buildkit.proto.Gateway.PathRequest;
import graft.docker.buildkit.proto.Gateway.ReadFileRequest;
import graft.docker.buildkit.proto.Gateway.ReadFileResponse;
import graft.docker.buildkit.proto.Gateway.StatResponse;
import graft.docker.buildkit.proto.ProtoReader;
import graft.error.GraftException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// Files of a source, which a client reads one by one: a Dockerfile or a bake file from elsewhere.
final class SourceReads {
  /// In one message, which has to say some more.
  private static final int LARGEST = ProtoReader.LARGEST - 1024;

  interface Jobs {
    Job of(Call<?, ?> call) throws InterruptedException;
  }

  private final Jobs jobs;

  SourceReads(Jobs jobs) {
    this.jobs = jobs;
  }

  ReadFileResponse readFile(ReadFileRequest request, Call<?, ?> call)
      throws IOException, InterruptedException {
    try (InputStream in = jobs.of(call).files(request.ref()).open(request.path())) {
      in.skipNBytes(Math.min(request.offset(), size(call, request)));
      int most = request.length() == 0 ? LARGEST : (int) Math.min(request.length(), (long) LARGEST);
      byte[] data = in.readNBytes(most);
      if (data.length == LARGEST && in.read() >= 0) {
        throw GraftException.invalid(request.path() + " is larger than " + LARGEST + " bytes");
      }
      return new ReadFileResponse(data);
    } catch (GraftException e) {
      throw Failures.of(e);
    }
  }

  private long size(Call<?, ?> call, ReadFileRequest request) throws InterruptedException {
    return jobs.of(call).files(request.ref()).stat(request.path()).stream()
        .mapToLong(entry -> entry instanceof FileTree.File file ? file.size() : 0)
        .sum();
  }

  StatResponse stat(PathRequest request, Call<?, ?> call) throws InterruptedException {
    try {
      FileTree.Entry entry =
          jobs.of(call)
              .files(request.ref())
              .stat(request.path())
              .orElseThrow(() ->
                  GraftException.notFound(
                      "lstat " + request.path() + ": no such file or directory"));
      return new StatResponse(List.of(stat(name(request.path()), entry)));
    } catch (GraftException e) {
      throw Failures.of(e);
    }
  }

  StatResponse list(PathRequest request, Call<?, ?> call) throws InterruptedException {
    try {
      SourceFiles files = jobs.of(call).files(request.ref());
      return new StatResponse(
          files.list(request.path()).entrySet().stream()
              .map(e -> stat(e.getKey(), e.getValue()))
              .toList());
    } catch (GraftException e) {
      throw Failures.of(e);
    }
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static Fs.Stat stat(String name, FileTree.Entry entry) {
    int type =
        switch (entry) {
          case FileTree.Directory _ -> Fs.DIRECTORY;
          case FileTree.Symlink _ -> Fs.SYMLINK;
          case FileTree.File _ -> 0;
        };
    Instant time = entry.attributes().modified();
    return new Fs.Stat(
        name,
        type | (entry.attributes().mode() & 0777),
        entry.attributes().uid(),
        entry.attributes().gid(),
        entry instanceof FileTree.File file ? file.size() : 0,
        time.getEpochSecond() * 1_000_000_000L + time.getNano(),
        entry instanceof FileTree.Symlink link ? link.target() : "",
        0,
        0,
        Map.of());
  }
}
