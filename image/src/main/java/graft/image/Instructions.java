package graft.image;

import graft.oci.ImageConfig.History;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The instructions of Dockerfiles that an image's own part of the history names: what these set is
/// the image's own, also where its base happens to have the same.
///
/// Histories are for people. So a value counts as set only if the entry has it literally.
record Instructions(List<String> texts) {
  /// Classic builders wrote what runs no command as a comment.
  private static final String CLASSIC = "/bin/sh -c #(nop) ";

  private static final Map<String, String> WORDS =
      Map.of(
          "Cmd", "CMD",
          "Entrypoint", "ENTRYPOINT",
          "User", "USER",
          "WorkingDir", "WORKDIR",
          "StopSignal", "STOPSIGNAL",
          "Healthcheck", "HEALTHCHECK",
          "Shell", "SHELL");

  Instructions {
    texts = List.copyOf(texts);
  }

  static Instructions of(List<History> own) {
    List<String> all = new ArrayList<>();
    for (History entry : own) {
      String text = entry.createdBy();
      all.add(text.startsWith(CLASSIC) ? text.substring(CLASSIC.length()).strip() : text);
    }
    return new Instructions(all);
  }

  /// @param field of a config, like `Cmd`
  boolean set(String field) {
    String word = WORDS.get(field);
    return word != null && texts.stream().anyMatch(t -> t.startsWith(word + " "));
  }

  /// @param field that is a list or a map: `Env`, `Labels`, `ExposedPorts`, `Volumes`
  /// @param item `KEY=value`, or of the last two the key
  boolean set(String field, String item) {
    return switch (field) {
      case "Env" -> names("ENV", item);
      case "Labels" -> names("LABEL", item);
      // The protocol may be left out.
      case "ExposedPorts" -> names("EXPOSE", item) || names("EXPOSE", item.replace("/tcp", ""));
      case "Volumes" -> names("VOLUME", item);
      default -> false;
    };
  }

  private boolean names(String word, String item) {
    return texts.stream().anyMatch(t -> t.startsWith(word + " ") && has(t, item));
  }

  /// With nothing but blanks, quotes and brackets around it.
  private static boolean has(String text, String item) {
    for (int at = text.indexOf(item); at >= 0; at = text.indexOf(item, at + 1)) {
      int end = at + item.length();
      if (" \"'[".indexOf(text.charAt(at - 1)) >= 0
          && (end == text.length() || " \"'],:".indexOf(text.charAt(end)) >= 0)) {
        return true;
      }
    }
    return false;
  }
}
