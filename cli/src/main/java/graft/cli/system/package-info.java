/// The verbs about the engine itself, its space, its events, and logins to registries.
@NullMarked
package graft.cli.system;

import org.jspecify.annotations.NullMarked;
