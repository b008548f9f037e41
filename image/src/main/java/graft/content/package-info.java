/// Bytes by digest. A blob is here whole and verified, or it is not here at all: see
/// [graft.content.ContentStore].
@NullMarked
package graft.content;

import org.jspecify.annotations.NullMarked;
