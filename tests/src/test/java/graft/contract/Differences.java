package graft.contract;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// Where Graft answers otherwise than dockerd on purpose: blocks of `contract.differences` and
/// `values.differences`. A block begins with its reason after `#`; then the requests (`> GET
/// /info`) and the lines that may be missing (`- `) or be there instead (`+ `), both with `*` for
/// any text. A block whose reason begins with `?` depends on the machine and may explain nothing.
final class Differences {
  private static final class Block {
    final String reason;
    final List<Pattern> requests = new ArrayList<>();
    final List<String> texts = new ArrayList<>();
    final List<Pattern> lines = new ArrayList<>();

    Block(String reason) {
      this.reason = reason;
    }
  }

  private final List<Block> blocks = new ArrayList<>();
  private final Set<String> used = new HashSet<>();

  Differences(String file) {
    for (String line : file.lines().toList()) {
      if (line.startsWith("#")) {
        blocks.add(new Block(line.substring(1).strip()));
      } else if (line.startsWith("> ")) {
        blocks.getLast().requests.add(pattern(line.substring(2)));
      } else if (!line.isBlank()) {
        blocks.getLast().texts.add(line);
        blocks.getLast().lines.add(pattern(line));
      }
    }
  }

  private static Pattern pattern(String glob) {
    List<String> parts = new ArrayList<>();
    for (String part : glob.split("\\*", -1)) {
      parts.add(Pattern.quote(part));
    }
    return Pattern.compile(String.join(".*", parts));
  }

  /// The lines of a comparison that nothing explains, marked with `-` and `+`.
  List<String> unexplained(Row row, List<String> want, List<String> got) {
    List<String> lines = new ArrayList<>();
    want.stream().filter(l -> !got.contains(l)).forEach(l -> lines.add("- " + l));
    got.stream().filter(l -> !want.contains(l)).forEach(l -> lines.add("+ " + l));
    lines.removeIf(l -> explained(row, l));
    return lines;
  }

  private boolean explained(Row row, String line) {
    boolean explained = false;
    for (Block block : blocks) {
      if (block.requests.stream().noneMatch(p -> p.matcher(row.text()).matches())) {
        continue;
      }
      for (int i = 0; i < block.lines.size(); i++) {
        if (block.lines.get(i).matcher(line).matches()) {
          used.add(block.reason + "\n" + block.texts.get(i));
          explained = true;
        }
      }
    }
    return explained;
  }

  /// What explains nothing any more and has to go.
  List<String> idle() {
    List<String> idle = new ArrayList<>();
    for (Block block : blocks) {
      for (String text : block.texts) {
        String name = block.reason + "\n" + text;
        if (!block.reason.startsWith("?") && !used.contains(name)) {
          idle.add(name);
        }
      }
    }
    return idle;
  }
}
