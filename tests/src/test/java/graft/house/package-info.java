/// The house as it is meant to be, checked against the classes as they are.
@NullMarked
package graft.house;

import org.jspecify.annotations.NullMarked;
