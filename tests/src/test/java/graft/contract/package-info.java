/// Requests to the API, row by row, and what a real dockerd answered to them: status, headers and
/// the shape of the JSON.
@NullMarked
package graft.contract;

import org.jspecify.annotations.NullMarked;
