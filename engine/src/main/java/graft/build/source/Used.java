package graft.build.source;

/// Hears which files of a context a build uses.
public interface Used {
  Used NOBODY = _ -> {};

  /// @param path of something that is there
  void path(String path);
}
