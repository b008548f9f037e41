package graft.build.dockerfile;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The name somebody may have meant who wrote another.
final class Suggestion {
  /// Names that differ in as many letters are no slips of the pen.
  private static final int TOO_FAR = 3;

  private static final int LONGEST = 100;

  /// Among more names nobody looks: each of ten thousand mistakes would look at all.
  static final int MOST = 500;

  private Suggestion() {}

  /// `message (did you mean x?)`, or the message.
  static String append(String message, String name, Collection<String> known) {
    return find(name, known).map(s -> message + " (did you mean " + s + "?)").orElse(message);
  }

  /// The same for names whose case does not matter: the suggestion has the case of the name.
  static String appendIgnoringCase(String message, String name, Collection<String> known) {
    boolean upper = name.equals(name.toUpperCase(Locale.ROOT));
    boolean lower = name.equals(name.toLowerCase(Locale.ROOT));
    return find(
            name.toLowerCase(Locale.ROOT),
            known.stream().map(s -> s.toLowerCase(Locale.ROOT)).toList())
        .map(s -> !lower && upper ? s.toUpperCase(Locale.ROOT) : s)
        .map(s -> message + " (did you mean " + s + "?)")
        .orElse(message);
  }

  /// The nearest name; of several as near one of the same letters, else the first by the alphabet.
  /// None if the name is known: then it is not why something failed.
  static Optional<String> find(String name, Collection<String> known) {
    if (known.size() > MOST || known.contains(name) || name.length() > LONGEST) {
      return Optional.empty();
    }
    return known.stream()
        .filter(k -> Math.abs(k.length() - name.length()) < TOO_FAR)
        .map(k -> new Candidate(k, distance(name, k), !letters(k).equals(letters(name))))
        .filter(c -> c.distance() < TOO_FAR)
        .min(Comparator.naturalOrder())
        .map(Candidate::name);
  }

  private record Candidate(String name, int distance, boolean otherLetters)
      implements Comparable<Candidate> {
    private static final Comparator<Candidate> NEAREST =
        Comparator.comparingInt(Candidate::distance)
            .thenComparing(Candidate::otherLetters)
            .thenComparing(Candidate::name);

    @Override
    public int compareTo(Candidate other) {
      return NEAREST.compare(this, other);
    }
  }

  private static List<Integer> letters(String name) {
    return name.chars().sorted().boxed().toList();
  }

  /// Levenshtein's.
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
