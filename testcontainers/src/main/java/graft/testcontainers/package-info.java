/// Testcontainers on Graft with nothing to configure: with this jar on the class path it finds the
/// engine of this machine, or starts it ([GraftStrategy]), and cleans up after itself without an
/// image from the network ([ReaperName]).
@NullMarked
package graft.testcontainers;

import org.jspecify.annotations.NullMarked;
