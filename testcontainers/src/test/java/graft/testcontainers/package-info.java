@NullMarked
package graft.testcontainers;

import org.jspecify.annotations.NullMarked;
