/// Named and anonymous volumes under the data root.
@NullMarked
package graft.volume;

import org.jspecify.annotations.NullMarked;
