package graft.build;

/// How the files of a build are written down.
///
/// @param attestationPrefix before the names of the files that say something of the others
/// @param platformInNames of these, for whoever puts those of several platforms into one directory
public record FilesForm(String attestationPrefix, boolean platformInNames) {
  public static final FilesForm PLAIN = new FilesForm("", false);
}
