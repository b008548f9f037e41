@NullMarked
package graft.cli.build;

import org.jspecify.annotations.NullMarked;
