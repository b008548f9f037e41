package graft.rollout;

import graft.oci.Digest;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// When the registry of a followed name is asked what is behind it, and what it said.
///
/// @param every how often; empty: only when somebody asks for it
/// @param taken what was behind the name when that was last looked at and, if need be, pulled
/// @param next when it is asked again; empty if `every` is and nobody has asked for it
/// @param failures in a row
/// @param asked when it was asked last
/// @param trouble why it could not be asked, a sentence without its end; empty if it answered
public record Poll(
    String name,
    Optional<Duration> every,
    Optional<Digest> taken,
    Optional<Instant> next,
    int failures,
    Optional<Instant> asked,
    String trouble) {
  /// More often is not what tags move for, and registries count.
  public static final Duration LEAST = Duration.ofMinutes(1);

  public static final Duration MOST = Duration.ofDays(30);

  /// After a first failure. Each further one doubles it.
  private static final Duration RETRY = Duration.ofMinutes(1);

  /// For how long a failure is followed by another try where there is no interval.
  private static final Duration WITHOUT = Duration.ofHours(1);

  /// Whoever is asked for it again and again is asked no more often than that.
  private static final Duration CALM = Duration.ofSeconds(10);

  static Poll never(String name) {
    return new Poll(
        name, Optional.empty(), Optional.empty(), Optional.empty(), 0, Optional.empty(), "");
  }

  boolean due(Instant now) {
    return next.isPresent() && !next.get().isAfter(now);
  }

  /// @param nowTaken empty if the next time shall look whether something has to be pulled
  /// @param first when it is asked for the first time
  Poll with(Optional<Duration> interval, Optional<Digest> nowTaken, Optional<Instant> first) {
    return new Poll(name, interval, nowTaken, first, 0, asked, "");
  }

  /// Asked for: as soon as may be.
  Poll soon(Instant now) {
    Instant calm = asked.map(a -> a.plus(CALM)).filter(now::isBefore).orElse(now);
    Instant when = next.filter(calm::isAfter).orElse(calm);
    return new Poll(name, every, taken, Optional.of(when), failures, asked, trouble);
  }

  /// @param spread from 0 to 1: so that those that began together do not ask together for ever
  Poll answered(Instant now, Digest digest, double spread) {
    return new Poll(
        name,
        every,
        Optional.of(digest),
        every.map(e -> now.plus(spread(e, spread))),
        0,
        Optional.of(now),
        "");
  }

  /// It is tried again after a minute, two, four, up to the interval, and where there is none for
  /// an hour.
  ///
  /// @param refused the registry has answered, with a no: it will say so again, so it is asked
  ///   after the whole interval
  Poll failed(Instant now, String why, boolean refused, double spread) {
    Duration growing = RETRY.multipliedBy(1L << Math.min(failures, 20));
    Duration longest = every.orElse(WITHOUT);
    boolean atLast = refused || growing.compareTo(longest) > 0;
    Optional<Instant> again =
        atLast && every.isEmpty()
            ? Optional.empty()
            : Optional.of(now.plus(spread(atLast ? longest : growing, spread)));
    return new Poll(name, every, taken, again, failures + 1, Optional.of(now), why);
  }

  /// A tenth less up to a tenth more.
  private static Duration spread(Duration time, double spread) {
    return Duration.ofMillis((long) (time.toMillis() * (0.9 + 0.2 * spread)));
  }
}
