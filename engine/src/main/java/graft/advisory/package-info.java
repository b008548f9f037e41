/// What is known to be wrong with which versions of which packages: advisories of several sources,
/// brought in from files and kept as one database, and the packages of an inventory held against
/// it. Nothing here asks a network.
///
/// Start at [graft.advisory.Advisories]. Files of strangers are read by an [graft.advisory.Import],
/// which gives each document to the reader of its format.
@NullMarked
package graft.advisory;

import org.jspecify.annotations.NullMarked;
