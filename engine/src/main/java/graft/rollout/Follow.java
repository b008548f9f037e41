package graft.rollout;

import graft.oci.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A name that all that stands on it follows, when it moves.
///
/// @param name familiar
/// @param seen the image that it was when it was looked at last
/// @param last what became of that; empty if it has not moved yet
public record Follow(String name, Policy policy, Digest seen, Optional<Last> last) {
  /// @param at when it was looked at
  /// @param text one sentence
  /// @param plan empty if none was made
  public record Last(Instant at, State state, String text, Optional<Digest> plan) {}

  public enum State {
    FOLLOWING,
    APPLIED,
    /// A plan was made that the policy does not allow: it waits for somebody.
    REPORTED,
    FAILED
  }

  /// What is done without asking.
  ///
  /// @param verdicts of swaps that are taken
  /// @param trust that is taken
  /// @param rerun whether images are built again
  /// @param recreate whether containers are made anew
  /// @param test a command for all images
  public record Policy(
      Set<Plan.Verdict> verdicts,
      Set<Plan.Vouched> trust,
      boolean rerun,
      boolean recreate,
      Optional<List<String>> test) {
    public static final Policy CAREFUL =
        new Policy(
            Set.of(Plan.Verdict.PROVEN, Plan.Verdict.CHECKED, Plan.Verdict.MERGE),
            Set.of(Plan.Vouched.DISTRO_STABLE),
            false,
            false,
            Optional.empty());

    public Policy {
      verdicts = Set.copyOf(verdicts);
      trust = Set.copyOf(trust);
    }

    /// Why it does not allow what a plan says of an image; empty if it does.
    Optional<String> against(Plan.Node node) {
      return switch (node.verdict()) {
        case SAME -> Optional.empty();
        case RERUN ->
            rerun ? Optional.empty() : Optional.of(node.title() + " would have to be built again");
        case REFUSE -> Optional.of(node.title() + " cannot follow");
        case PROVEN, CHECKED, MERGE -> {
          if (!verdicts.contains(node.verdict())) {
            yield Optional.of(node.title() + " would be " + node.verdict().word());
          }
          // A test takes the place of somebody who vouches.
          yield trust.contains(node.trust()) || test.isPresent()
              ? Optional.empty()
              : Optional.of(
                  "nobody vouches for " + node.title() + " (" + node.trust().word() + ")");
        }
      };
    }
  }

  public State state() {
    return last.map(Last::state).orElse(State.FOLLOWING);
  }

  Follow now(Digest image, Last what) {
    return new Follow(name, policy, image, Optional.of(what));
  }
}
