/// An engine without root: the namespaces in which a user is root, and where their engine has its
/// things. Start at [graft.rootless.Rootless].
@NullMarked
package graft.rootless;

import org.jspecify.annotations.NullMarked;
