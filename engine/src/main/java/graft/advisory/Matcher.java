package graft.advisory;

import graft.advisory.Match.Cited;
import graft.advisory.Match.Suppressed;
import graft.inventory.Distribution;
import graft.inventory.Inventory;
import graft.inventory.Inventory.Installed;
import graft.version.Ordering;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Holds an inventory against the database. Pure, but for the reading of what is mapped.
final class Matcher {
  private final Database database;
  private final Distribution distribution;
  private final Subject subject;
  private final Vex vex;
  private final boolean suppressions;
  private final Map<Ecosystem, Boolean> known = new HashMap<>();
  private final Set<String> unknown = new TreeSet<>();

  private Matcher(Database database, Distribution distribution, Subject subject, Vex vex) {
    this.database = database;
    this.distribution = distribution;
    this.subject = subject;
    this.vex = vex;
    this.suppressions = database.hasSuppressions() || !vex.isEmpty();
  }

  static Matches match(Database database, Inventory inventory, Subject subject, Vex vex) {
    return new Matcher(database, inventory.distribution(), subject, vex)
        .matches(inventory.packages());
  }

  /// Packages about which the same is asked.
  private record Question(List<Ecosystem> ecosystems, String name, String version) {}

  private Matches matches(List<Installed> packages) {
    Map<Question, List<Installed>> questions = new LinkedHashMap<>();
    for (Installed one : packages) {
      if (!one.owner().isEmpty()) {
        // Distributions fix such files without changing what they say of themselves; the package
        // of theirs that has the file is asked about.
        continue;
      }
      Wanted wanted = Wanted.of(one, distribution);
      questions
          .computeIfAbsent(
              new Question(wanted.ecosystems(), wanted.name(), wanted.version()),
              _ -> new ArrayList<>())
          .add(one);
      if (wanted.ecosystems().stream().noneMatch(this::isKnown)) {
        unknown.add(
            wanted.ecosystems().isEmpty()
                ? distribution.id().isEmpty()
                    ? "a distribution that does not say its name"
                    : (distribution.id() + " " + distribution.version()).strip()
                : wanted.ecosystems().getFirst().name());
      }
    }
    List<Match> all = new ArrayList<>();
    questions.forEach((question, installed) -> all.addAll(answers(question, installed)));
    all.sort(Match.ORDER);
    return new Matches(database.digest(), all, List.copyOf(unknown));
  }

  private boolean isKnown(Ecosystem ecosystem) {
    return known.computeIfAbsent(ecosystem, database::knows);
  }

  private List<Match> answers(Question question, List<Installed> installed) {
    Map<String, List<Advisory>> byVulnerability = new TreeMap<>();
    for (Ecosystem ecosystem : question.ecosystems()) {
      for (Advisory advisory : database.advisories(ecosystem, question.name())) {
        if (advisory.affects(question.version())) {
          for (String vulnerability : vulnerabilities(advisory)) {
            byVulnerability.computeIfAbsent(vulnerability, _ -> new ArrayList<>()).add(advisory);
          }
        }
      }
    }
    List<Match> matches = new ArrayList<>();
    byVulnerability.forEach((vulnerability, advisories) ->
        matches.add(match(question, installed, vulnerability, advisories)));
    return matches;
  }

  /// The CVEs of a record, its own or those of its other names; else one of its names, the same one
  /// for all records that know any of them.
  private Set<String> vulnerabilities(Advisory advisory) {
    Set<String> own = advisory.cves();
    if (!own.isEmpty()) {
      return own;
    }
    Set<String> names = new TreeSet<>(advisory.aliases());
    names.add(advisory.id());
    Set<String> all = database.names(names);
    Set<String> cves = new TreeSet<>(all);
    cves.removeIf(name -> !Advisory.isCve(name));
    return cves.isEmpty() ? Set.of(new TreeSet<>(all).getFirst()) : cves;
  }

  private Match match(
      Question question, List<Installed> installed, String vulnerability, List<Advisory> said) {
    Advisory worst = said.stream().max(Comparator.comparing(Advisory::severity)).orElseThrow();
    Ordering ordering = worst.ecosystem().ordering();
    Set<String> aliases = new TreeSet<>();
    for (Advisory advisory : said) {
      if (advisory.aliases().contains(vulnerability)) {
        aliases.add(advisory.id());
      }
      // A record of several CVEs has them all as names; they are other vulnerabilities.
      advisory.aliases().stream().filter(a -> !Advisory.isCve(a)).forEach(aliases::add);
    }
    aliases.remove(vulnerability);
    // One that is fixed by all accounts.
    Optional<String> fixed =
        said.stream()
            .map(a -> a.fixedAfter(question.version()))
            .flatMap(Optional::stream)
            .max(ordering);
    return new Match(
        vulnerability,
        new TreeSet<>(aliases),
        worst.ecosystem().name(),
        question.name(),
        question.version(),
        installed,
        fixed,
        worst.severity(),
        worst.vector(),
        said.stream().map(Advisory::summary).filter(s -> !s.isEmpty()).findFirst().orElse(""),
        said.stream()
            .map(a -> new Cited(a.source(), a.id()))
            .distinct()
            .sorted(Comparator.comparing(Cited::source).thenComparing(Cited::id))
            .toList(),
        suppressed(vulnerability, aliases, installed));
  }

  /// A match is suppressed if it is for each of its packages.
  private Optional<Suppressed> suppressed(
      String vulnerability, Set<String> aliases, List<Installed> installed) {
    if (!suppressions) {
      return Optional.empty();
    }
    Set<String> names = new TreeSet<>(aliases);
    names.add(vulnerability);
    List<Suppression> said =
        Stream.of(database, vex.said())
            .flatMap(d -> names.stream().map(d::suppressions).flatMap(List::stream))
            .toList();
    if (said.isEmpty()) {
      return Optional.empty();
    }
    List<Optional<Suppression>> last = installed.stream().map(one -> lastWord(said, one)).toList();
    return last.stream().allMatch(word -> word.isPresent() && word.get().status().suppresses())
        ? last.getFirst()
            .map(s -> new Suppressed(s.source(), s.document(), s.status().word(), s.reason()))
        : Optional.empty();
  }

  /// Of several at the same time the one that suppresses nothing.
  private Optional<Suppression> lastWord(List<Suppression> said, Installed one) {
    return said.stream()
        .filter(s -> isAbout(s, one))
        .max(
            Comparator.comparing(Suppression::time)
                .thenComparing((Suppression s) -> !s.status().suppresses())
                .thenComparing(Suppression::document));
  }

  private boolean isAbout(Suppression suppression, Installed one) {
    Suppression.Product product = suppression.product();
    if (!product.platform().isEmpty() && !Platforms.matches(product.platform(), distribution)) {
      return false;
    }
    boolean components =
        product.components().isEmpty()
            || product.components().stream().anyMatch(c -> isPackage(c, one, false));
    if (subject.isNamed(product.id())) {
      return components;
    }
    // "Fixed" is a word on the versions that it names.
    boolean versioned = suppression.status() == Suppression.Status.FIXED;
    return components && isPackage(product.id(), one, versioned);
  }

  private boolean isPackage(String id, Installed one, boolean versioned) {
    Optional<ParsedPurl> parsed = ParsedPurl.parse(id);
    if (parsed.isEmpty()) {
      return false;
    }
    ParsedPurl purl = parsed.get();
    Wanted wanted = Wanted.of(one, distribution);
    boolean ofDistribution =
        switch (wanted.purlType()) {
          case "deb", "apk", "rpm" -> true;
          default -> false;
        };
    String name = ofDistribution ? purl.name() : purl.path();
    return purl.type().equals(wanted.purlType())
        && wanted.purlNames().contains(name)
        && (!ofDistribution || Platforms.isVendor(purl.namespace(), distribution))
        && (purl.version().isEmpty() ? !versioned : isVersion(purl, one))
        && isArchitecture(purl.qualifier("arch"), one.architecture())
        && Platforms.isRelease(purl.qualifier("distro"), distribution);
  }

  private static boolean isVersion(ParsedPurl purl, Installed one) {
    String epoch = purl.qualifier("epoch");
    String version =
        epoch.isEmpty() || purl.version().contains(":")
            ? purl.version()
            : epoch + ":" + purl.version();
    return version.equals(one.version()) || version.equals(one.sourceVersion());
  }

  private static boolean isArchitecture(String said, String installed) {
    return switch (said) {
      case "", "source", "src", "all", "noarch" -> true;
      default -> Objects.equals(said, installed);
    };
  }
}
