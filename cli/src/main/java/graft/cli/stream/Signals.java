package graft.cli.stream;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Consumer;

/// The signals this process gets. The JDK has no supported class for them; the one that it has is
/// called by reflection, and where it is missing signals do what they do without.
public final class Signals {
  /// Those that docker passes on and that the JVM leaves to us.
  static final List<String> PASSED = List.of("INT", "TERM", "HUP", "USR2", "WINCH", "CONT");

  private Signals() {}

  public static void handle(String name, Consumer<String> handler) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> type = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (self, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  handler.accept(name);
                }
                return null;
              });
      Object which = signal.getConstructor(String.class).newInstance(name);
      signal.getMethod("handle", signal, type).invoke(null, which, proxy);
    } catch (ReflectiveOperationException | IllegalArgumentException unavailable) {
      // Taken by the JVM, or not of this system: the default action stays.
      return;
    }
  }
}
