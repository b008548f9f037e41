package graft.build.dockerfile;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/// A Dockerfile as the expectations of the tests write it: one line for each instruction, without
/// what is empty or not set.
final class Shown {
  private static final Expander VARIABLES =
      Scope.predefined('\\', Map.of("CACHE", "/var/cache"), Map.of()).expander();

  private Shown() {}

  static List<String> of(Dockerfile d) {
    List<String> out = new ArrayList<>();
    out.add(
        "escape="
            + d.directives().escape()
            + of(" ", d.directives().syntax(), d.directives().check()));
    d.emptyContinuations().forEach(l -> out.add("empty continuation " + lines(l)));
    d.globals().forEach(a -> out.add("global " + instruction(a)));
    for (Stage stage : d.stages()) {
      out.add(
          instruction(stage.from())
              + (stage.description().isEmpty()
                  ? ""
                  : " description=" + value(stage.description())));
      stage.instructions().forEach(i -> out.add("  " + instruction(i)));
    }
    return out;
  }

  private static String of(String before, Object... parts) {
    StringBuilder out = new StringBuilder();
    for (Object part : parts) {
      Object inner = part instanceof Optional<?> o ? o.orElse(null) : part;
      if (inner != null && !inner.equals(Directives.Check.DEFAULT)) {
        out.append(before).append(value(inner));
      }
    }
    return out.toString();
  }

  private static String lines(Lines l) {
    return l.first() == l.last() ? "" + l.first() : l.first() + "-" + l.last();
  }

  private static String instruction(Instruction i) {
    String line = lines(i.origin().lines()) + " " + value(i);
    if (i instanceof Instruction.Run run) {
      if (!run.heredocs().isEmpty()) {
        line += " program=" + value(run.program()) + " shown=" + value(run.shown());
      }
      if (!run.mountOptions().isEmpty()) {
        line += " mounts=" + value(run.mounts(VARIABLES));
      }
    }
    return line;
  }

  private static String value(Object value) {
    return switch (value) {
      case String s -> GoText.quote(s);
      case List<?> l -> l.stream().map(Shown::value).collect(Collectors.joining(", ", "[", "]"));
      case Set<?> s ->
          s.stream().map(Shown::value).sorted().collect(Collectors.joining(", ", "{", "}"));
      case Optional<?> o -> o.map(Shown::value).orElse("-");
      case OptionalInt i -> i.isPresent() ? Integer.toOctalString(i.getAsInt()) + "o" : "-";
      case OptionalLong i -> i.isPresent() ? "" + i.getAsLong() : "-";
      case Lines l -> lines(l);
      case Record r -> record(r);
      default -> value.toString();
    };
  }

  private static boolean isNothing(Object value) {
    return value.equals("")
        || value.equals(false)
        || value.equals(0)
        || value.equals(List.of())
        || value.equals(Set.of())
        || value.equals(Optional.empty())
        || value.equals(Duration.ZERO)
        || value.equals(OptionalInt.empty())
        || value.equals(OptionalLong.empty())
        || value.equals(Instruction.Network.DEFAULT)
        || value.equals(Instruction.Security.SANDBOX)
        || value instanceof Origin;
  }

  private static String record(Record record) {
    List<String> parts = new ArrayList<>();
    for (RecordComponent c : record.getClass().getRecordComponents()) {
      Object value;
      try {
        c.getAccessor().setAccessible(true);
        value = c.getAccessor().invoke(record);
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException(e);
      }
      if (!isNothing(value)) {
        parts.add(value.equals(true) ? c.getName() : c.getName() + "=" + value(value));
      }
    }
    return record.getClass().getSimpleName() + "(" + String.join(", ", parts) + ")";
  }
}
