package graft.build;

/// Hears which files of a context a build uses.
interface Used {
  Used NOBODY = _ -> {};

  /// @param path of something that is there
  void path(String path);
}
