package graft.docker.buildkit;

import graft.build.Builds.Usage;
import graft.error.GraftException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Which records of the build cache are meant: `type==regular,description~=apt`. Of several filters
/// one has to fit.
///
/// Source: containerd's `pkg/filters`, of which docker buildx sends fields, comparisons and commas.
final class UsageFilter {
  private static final Pattern TERM = Pattern.compile("([a-z]+)(?:(==|!=|~=)(.*))?");

  private UsageFilter() {}

  /// INVALID for what is none.
  static Predicate<Usage> of(List<String> filters) {
    List<Predicate<Usage>> any = new ArrayList<>();
    for (String filter : filters) {
      Predicate<Usage> all = _ -> true;
      for (String term : filter.isEmpty() ? List.<String>of() : List.of(filter.split(","))) {
        all = all.and(term(term));
      }
      any.add(all);
    }
    return any.isEmpty() ? _ -> true : usage -> any.stream().anyMatch(p -> p.test(usage));
  }

  private static Predicate<Usage> term(String text) {
    Matcher m = TERM.matcher(text);
    if (!m.matches()) {
      throw GraftException.invalid("cannot read the filter " + text);
    }
    String field = m.group(1);
    String value = m.group(3) == null ? "" : unquoted(m.group(3));
    return switch (m.group(2)) {
      case null -> usage -> isThere(field, value(usage, field));
      case "==" -> usage -> value(usage, field).contains(value);
      case "!=" -> usage -> !value(usage, field).contains(value);
      default -> {
        Pattern pattern = pattern(value);
        yield usage -> value(usage, field).stream().anyMatch(v -> pattern.matcher(v).find());
      }
    };
  }

  private static String unquoted(String value) {
    return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
        ? value.substring(1, value.length() - 1)
        : value;
  }

  private static Pattern pattern(String value) {
    try {
      return Pattern.compile(value);
    } catch (PatternSyntaxException e) {
      throw new GraftException(
          GraftException.Kind.INVALID, "the filter " + value + " is no regular expression", e);
    }
  }

  private static boolean isThere(String field, List<String> values) {
    boolean yesOrNo = !field.equals("parents") && !field.equals("parent");
    return yesOrNo
        ? values.stream().anyMatch(v -> !v.isEmpty() && !v.equals("false"))
        : !values.isEmpty();
  }

  private static List<String> value(Usage usage, String field) {
    return switch (field) {
      case "id" -> List.of(usage.id());
      case "parent", "parents" -> usage.parents();
      case "description" -> List.of(usage.description());
      case "type" -> List.of(usage.type());
      case "inuse" -> List.of(Boolean.toString(usage.inUse()));
      case "mutable" -> List.of("false");
      case "immutable" -> List.of("true");
      case "shared" -> List.of(Boolean.toString(usage.shared()));
      case "private" -> List.of(Boolean.toString(!usage.shared()));
      default -> throw GraftException.invalid("the build cache has no field " + field);
    };
  }
}
