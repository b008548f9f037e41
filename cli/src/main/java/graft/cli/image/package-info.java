/// The verbs about images: from and to registries and archives, their names, their removal.
@NullMarked
package graft.cli.image;

import org.jspecify.annotations.NullMarked;
