/// Other bases for whole trees of images: what a change of base means for all that stands on it, as
/// a plan; the plan carried out; and the way back.
///
/// **A plan is a value.** [graft.rollout.Work] judges the images parents first, each against what
/// its parent will be, as values: layers that would be written are [graft.rollout.PatchLayer]s in
/// memory. So nothing is written, and what is said of a grandchild is as exact as what is said of a
/// child. An image that has to be built again is the exception: until it is, those on it are judged
/// by the layers it has now, and once more when it is made. So is a fix, whose new parents are made
/// for the plan: they go with it ([graft.rollout.PlanImages]).
///
/// **Carrying it out** makes all new images first, without names: layers that are swapped are
/// shared and cost nothing. Then *one* transaction moves all names and writes the generation, the
/// record of what pointed where. It does nothing if any name is no longer where the plan saw it. An
/// engine killed at any point has the names all as before or all as after; images that were made
/// for nothing are taken away at the next start.
///
/// **Containers** are made anew of the names that have moved if that is asked for, see
/// [graft.rollout.Recreation].
///
/// **The way back** moves the names of a generation again, in one transaction. What they pointed to
/// is kept for as long as the generation is.
///
/// Start at [graft.rollout.Rollouts].
@NullMarked
package graft.rollout;

import org.jspecify.annotations.NullMarked;
