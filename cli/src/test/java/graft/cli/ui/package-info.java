@NullMarked
package graft.cli.ui;

import org.jspecify.annotations.NullMarked;
