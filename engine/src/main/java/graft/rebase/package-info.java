/// Whether an image's own layers can be put on another base, and what has to be merged for it. Pure
/// functions over what layers have ([graft.facts]); nothing is written here.
///
/// A [graft.rebase.Move] is made once of an old and a new [graft.rebase.Base] and asked about any
/// number of images: [graft.rebase.Decision#of]. All that its bases have in common for them is
/// indexed once.
///
/// **What whoever applies a decision has to do.** The image's layers keep their diffIDs. If the
/// decision's [graft.rebase.Patch] is not empty, it is written as *one* small layer on top of the
/// swapped ones: files with their contents (a package database is 30 KB packed), whiteouts, modes
/// of directories. Its history entry and the image's record say that it is a patch. The settings
/// are those of [graft.image.Edits#rebase].
///
/// **The next rebase.** The patch layer is then a step of kind PATCH, the last of the image's own.
/// It is judged with the others, as it is what the image looks like now: the merge is of the base
/// it stands on, the image with its patch, and the next base, so that no base but the present one
/// has to be kept. The new patch *takes its place*: it has what the old one had, in as far as the
/// layers below it have it otherwise, merged on ([graft.rebase.Decision] does that). So an image
/// has one patch layer at most, however often its base changes. An image built on a patched one has
/// the patch in its base, like any other layer of it.
///
/// **A step that is done again** is run on the new base with the swapped layers and their patch;
/// the steps after it are asked about anew, with both roots as bases.
///
/// **What no check sees**: functions and files that keep their names and mean something else. Of
/// that a [graft.rebase.Trust] is given, which says who vouches for it; where nobody does, a test
/// is needed.
@NullMarked
package graft.rebase;

import org.jspecify.annotations.NullMarked;
