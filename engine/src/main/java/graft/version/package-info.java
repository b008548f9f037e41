/// Which of two versions is the older, as each package manager sees it. Pure functions of texts,
/// each in time linear in their length, each a total order: what a package manager would refuse to
/// read has a place as well.
///
/// Start at [graft.version.Ordering].
@NullMarked
package graft.version;

import org.jspecify.annotations.NullMarked;
