@NullMarked
package graft.cli.container;

import org.jspecify.annotations.NullMarked;
