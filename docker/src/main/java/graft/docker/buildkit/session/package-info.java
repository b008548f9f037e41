/// The client's side of a build: its files, secrets, agents and logins, asked for over its session.
/// Start at `Sessions`.
@NullMarked
package graft.docker.buildkit.session;

import org.jspecify.annotations.NullMarked;
