/// Images in tar files: the layout that `docker save` writes, OCI layouts, and flat file systems.
@NullMarked
package graft.archive;

import org.jspecify.annotations.NullMarked;
