/// Where else the output of containers goes: syslog and the journal.
@NullMarked
package graft.log;

import org.jspecify.annotations.NullMarked;
