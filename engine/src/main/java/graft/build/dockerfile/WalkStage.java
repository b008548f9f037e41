package graft.build.dockerfile;

import graft.oci.Platform;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a [Walk] knows of a stage, or of an image that only a COPY or a mount names.
final class WalkStage {
  /// Its name, or `stage-N`.
  final String label;

  /// Empty if it is only an image.
  final Optional<Stage> declared;

  /// Where it is named.
  final List<Lines> lines;

  /// Triggers of the base, then its own.
  final List<Instruction> instructions = new ArrayList<>();

  /// What it takes files from, and where it says so first.
  final Map<WalkStage, Lines> sources = new LinkedHashMap<>();

  final Map<String, WalkStage> sourceOf = new LinkedHashMap<>();

  String image = "";
  Optional<Platform> platform = Optional.empty();
  Optional<WalkStage> base = Optional.empty();

  /// The image, if the base is one and was asked for.
  Optional<Base> found = Optional.empty();

  boolean fromContext;
  boolean triggered;

  /// Its files could be used now.
  boolean done;

  /// At its end.
  @Nullable Scope scope;

  boolean workdirSet;
  String workdir = "";
  boolean shellSet;

  final Map<String, Walk.Outlined> arguments = new LinkedHashMap<>();
  final Set<String> usedArguments = new LinkedHashSet<>();
  final Map<String, Outline.Use> secrets = new LinkedHashMap<>();
  final Map<String, Outline.Use> ssh = new LinkedHashMap<>();

  WalkStage(String label, Optional<Stage> declared, List<Lines> lines) {
    this.label = label;
    this.declared = declared;
    this.lines = lines;
  }
}
