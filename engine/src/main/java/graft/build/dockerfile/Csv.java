package graft.build.dockerfile;

import java.util.ArrayList;
import java.util.List;

/// One line of comma-separated values, as Go's `encoding/csv` reads it: a field may stand in double
/// quotes, in which a quote is written twice.
public final class Csv {
  private Csv() {}

  /// @throws DockerfileException with Go's words
  public static List<String> fields(String line) {
    List<String> fields = new ArrayList<>();
    int at = 0;
    while (true) {
      if (at < line.length() && line.charAt(at) == '"') {
        StringBuilder field = new StringBuilder();
        int i = at + 1;
        while (true) {
          int quote = line.indexOf('"', i);
          if (quote < 0) {
            throw error(line.length(), "extraneous or missing \" in quoted-field");
          }
          field.append(line, i, quote);
          i = quote + 1;
          if (i == line.length() || line.charAt(i) != '"') {
            break;
          }
          field.append('"');
          i++;
        }
        if (i < line.length() && line.charAt(i) != ',') {
          throw error(i, "extraneous or missing \" in quoted-field");
        }
        fields.add(field.toString());
        at = i;
      } else {
        int comma = line.indexOf(',', at);
        int end = comma < 0 ? line.length() : comma;
        int quote = line.substring(at, end).indexOf('"');
        if (quote >= 0) {
          throw error(at + quote + 1, "bare \" in non-quoted-field");
        }
        fields.add(line.substring(at, end));
        at = end;
      }
      if (at == line.length()) {
        return fields;
      }
      at++;
    }
  }

  private static DockerfileException error(int column, String what) {
    return new DockerfileException("parse error on line 1, column " + column + ": " + what);
  }
}
