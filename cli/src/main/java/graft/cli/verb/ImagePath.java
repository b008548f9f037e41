package graft.cli.verb;

import graft.cli.http.Engine;

/// `IMAGE:/path`. The path begins at the first `:/`, which no name of an image has.
public record ImagePath(String image, String path) {
  public static ImagePath of(String text) {
    int at = text.indexOf(":/");
    return at < 0
        ? new ImagePath(text, "/")
        : new ImagePath(text.substring(0, at), text.substring(at + 1));
  }

  /// Where the engine answers about the image.
  public String route() {
    return "/graft/v1/images/" + Engine.encode(image);
  }
}
