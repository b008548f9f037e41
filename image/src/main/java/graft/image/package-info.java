/// What an image is: a parsed manifest and a parsed config ([graft.image.Image]), pure edits that
/// make another image from it ([graft.image.Edits]), and the only mutable thing about images, which
/// name points where ([graft.image.ImageStore]).
@NullMarked
package graft.image;

import org.jspecify.annotations.NullMarked;
