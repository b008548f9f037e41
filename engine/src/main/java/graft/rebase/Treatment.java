package graft.rebase;

import java.util.Optional;

/// What is done with a path that the image and its new base both changed.
sealed interface Treatment {
  /// It is a set of records.
  record Merge(Merger merger) implements Treatment {}

  /// It says what happened while the image was made, or can be thrown away at any time: the image's
  /// stays.
  record Keep() implements Treatment {}

  /// It is the copy of another file before its last change, or means something only as long as a
  /// program runs: gone.
  record Drop() implements Treatment {}

  /// A program made it from other files.
  record Derived(Generator by) implements Treatment {}

  /// It is a database that is not merged.
  ///
  /// @param what it is, for a message
  record Opaque(String what) implements Treatment {}

  /// Nobody knows what it is.
  record Unknown() implements Treatment {}

  static Treatment of(String path) {
    return Treatments.of(path);
  }

  default boolean keepsOwn() {
    return this instanceof Keep || this instanceof Drop;
  }

  default Optional<Merger> merging() {
    return this instanceof Merge m ? Optional.of(m.merger()) : Optional.empty();
  }
}
