package graft.build.dockerfile;

import java.util.List;
import java.util.regex.Pattern;

/// What COPY and ADD must not say. Known only after variables are replaced.
final class CopyRules {
  /// `u=rwX,go=rX`, as chmod takes it.
  private static final Pattern SYMBOLIC =
      Pattern.compile("[ugoa]*([-+=]([rwxXst]*|[ugo]))+(,[ugoa]*([-+=]([rwxXst]*|[ugo]))+)*");

  private static final Pattern DIGEST =
      Pattern.compile("[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+");

  private CopyRules() {}

  static void check(Instruction.Copy copy) {
    chmod(copy.chmod());
    for (String source : copy.sources()) {
      switch (Remote.of(source)) {
        case GIT -> throw new DockerfileException("source can't be a git ref for COPY");
        case HTTP -> throw new DockerfileException("source can't be a URL for COPY");
        case NONE -> {}
      }
    }
  }

  static void check(Instruction.Add add) {
    chmod(add.chmod());
    if (!add.checksum().isEmpty()) {
      checksum(add.checksum(), add.sources());
    }
  }

  private static void checksum(String checksum, List<String> sources) {
    if (sources.size() != 1) {
      throw new DockerfileException("checksum can't be specified for multiple sources");
    }
    switch (Remote.of(sources.getFirst())) {
      case NONE -> throw new DockerfileException("checksum requires HTTP(S) or Git sources");
      case HTTP -> {
        if (!DIGEST.matcher(checksum).matches()) {
          throw new DockerfileException("invalid checksum digest format");
        }
      }
      case GIT -> {}
    }
  }

  private static void chmod(String mode) {
    boolean octal = mode.matches("0*[0-7]{1,4}");
    boolean numeric = mode.matches("[0-9]+");
    if (!mode.isEmpty() && !octal && (numeric || !SYMBOLIC.matcher(mode).matches())) {
      throw new DockerfileException(
          "invalid chmod parameter: '"
              + mode
              + "'. it should be octal string and between 0 and 07777"
              + (numeric ? "" : ", or symbolic as u=rwX,go=rX"));
    }
  }
}
