package graft.rollout;

import graft.image.Image;
import java.util.List;
import java.util.Optional;

/// By what an image is tried before its name moves.
sealed interface Gate {
  /// For people.
  String text();

  /// It has to end with 0.
  record Command(List<String> words) implements Gate {
    public Command {
      words = List.copyOf(words);
    }

    @Override
    public String text() {
      return String.join(" ", words);
    }
  }

  /// The image, started, has to become healthy by its own check.
  record Healthy(String check) implements Gate {
    @Override
    public String text() {
      return "HEALTHCHECK " + check;
    }
  }

  /// What an image has itself: a label, else a health check.
  static Optional<Gate> own(Image image) {
    Optional<Gate> labelled =
        Optional.ofNullable(image.config().config().labels().get(Work.TEST))
            .filter(t -> !t.isBlank())
            .map(t -> new Command(List.of("/bin/sh", "-c", t)));
    return labelled.or(() ->
        image
            .config()
            .config()
            .healthcheck()
            .filter(h -> h.test().size() > 1)
            .map(h -> new Healthy(String.join(" ", h.test().subList(1, h.test().size())))));
  }

  /// What is run for an image: what was asked for; else its own label; else its health check, if
  /// nobody vouches for it or it was built again.
  static Optional<Gate> of(Plan.Node node, Image image, Optional<List<String>> asked) {
    if (asked.isPresent()) {
      return asked.map(Command::new);
    }
    boolean doubtful = node.trust() == Plan.Vouched.UNKNOWN || node.verdict() == Plan.Verdict.RERUN;
    return own(image).filter(g -> g instanceof Command || doubtful);
  }
}
