package graft.rollout;

import graft.oci.Reference;
import java.util.Optional;

/// What somebody says has been pushed to a registry.
///
/// @param registry empty if it does not say which, or only how it is called where it runs
/// @param repository without the registry
/// @param tag empty if it does not say
public record Pushed(Optional<String> registry, String repository, Optional<String> tag) {
  /// Whether it may be what has this name.
  boolean is(Reference name) {
    return name.repository().equals(repository)
        && registry.map(r -> r.equals(name.registry())).orElse(true)
        && tag.map(t -> name.tag().filter(t::equals).isPresent()).orElse(true);
  }
}
