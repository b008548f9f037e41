/// Layer tars as streams: compression, digest and diffID in one pass, whiteouts, limits against
/// hostile archives, and tar-split, which lets the very bytes of a tar be made again from extracted
/// files.
@NullMarked
package graft.layer;

import org.jspecify.annotations.NullMarked;
