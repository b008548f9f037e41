package graft.build.dockerfile;

/// A pair of ENV and LABEL, with quotes and variables as written until it is expanded.
///
/// @param legacy it was written `key value`, without `=`
public record KeyValue(String key, String value, boolean legacy) {
  KeyValue expand(Expander expander) {
    return new KeyValue(expander.word(key), expander.word(value), legacy);
  }
}
