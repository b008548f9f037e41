/// Verbs that put images on other bases: `rebase`, `fix`, `rollback`, `generations`, `follow`.
@NullMarked
package graft.cli.rollout;

import org.jspecify.annotations.NullMarked;
