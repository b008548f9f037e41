/// The metadata store: transactions on one SQLite file, durable when a call returns.
@NullMarked
package graft.db;

import org.jspecify.annotations.NullMarked;
