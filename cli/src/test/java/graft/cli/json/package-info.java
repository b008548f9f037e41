/// Tests of the JSON that commands read and write.
@NullMarked
package graft.cli.json;

import org.jspecify.annotations.NullMarked;
