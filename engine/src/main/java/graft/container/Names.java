package graft.container;

import graft.error.GraftException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// Ids and names of containers: the rule for a name, and one made up where none was given.
final class Names {
  private static final Pattern VALID = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]+");
  private static final SecureRandom RANDOM = new SecureRandom();

  // Words of the orchard: a container grows on an image as a scion on its stock.
  private static final String[] LEFT = {
    "amber", "autumn", "bitter", "blooming", "bold", "bright", "brisk", "calm", "clear", "crisp",
    "dappled", "early", "earnest", "evergreen", "fair", "fond", "fresh", "gentle", "golden",
        "hardy",
    "hearty", "humble", "jolly", "keen", "late", "lively", "lucid", "mellow", "merry", "mild",
    "nimble", "noble", "patient", "plain", "proud", "quick", "quiet", "ripe", "rosy", "rustic",
    "silver", "sleepy", "solid", "spry", "steady", "summer", "sunny", "sweet", "tart", "tender",
    "tidy", "upright", "vivid", "warm", "wild", "wise", "woody", "young"
  };
  private static final String[] RIGHT = {
    "alder",
    "almond",
    "apple",
    "apricot",
    "ash",
    "aspen",
    "beech",
    "birch",
    "blossom",
    "bough",
    "branch",
    "bud",
    "cedar",
    "cherry",
    "chestnut",
    "cypress",
    "damson",
    "elder",
    "elm",
    "fig",
    "fir",
    "grove",
    "hazel",
    "hawthorn",
    "holly",
    "juniper",
    "larch",
    "laurel",
    "leaf",
    "lemon",
    "lime",
    "linden",
    "maple",
    "medlar",
    "mulberry",
    "oak",
    "olive",
    "orange",
    "orchard",
    "peach",
    "pear",
    "pine",
    "plum",
    "poplar",
    "quince",
    "root",
    "rowan",
    "sapling",
    "scion",
    "seed",
    "shoot",
    "sorb",
    "spruce",
    "sprig",
    "stock",
    "thorn",
    "twig",
    "walnut",
    "willow",
    "yew"
  };

  private Names() {}

  /// 32 random bytes as 64 hex digits.
  static String newId() {
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /// The name without its leading slash, or INVALID in Docker's words.
  static String check(String name) {
    String bare = name.startsWith("/") ? name.substring(1) : name;
    if (!VALID.matcher(bare).matches()) {
      throw GraftException.invalid(
          "Invalid container name (" + name + "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
    }
    return bare;
  }

  /// A name that nobody has.
  static String invent(Predicate<String> free) {
    for (int attempt = 0; ; attempt++) {
      String name = LEFT[RANDOM.nextInt(LEFT.length)] + "_" + RIGHT[RANDOM.nextInt(RIGHT.length)];
      if (attempt > 4) {
        name += RANDOM.nextInt(attempt * 100);
      }
      if (free.test(name)) {
        return name;
      }
    }
  }
}
