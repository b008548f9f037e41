# Sourced: the flags of the JVM. A start-up cache is good only with those it was made with.
# shellcheck shell=bash disable=SC2034
common=(-Dfile.encoding=UTF-8 -Dsun.jnu.encoding=UTF-8
  --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC)
# What a collection frees is given back at once. The last is of protobuf, which does without where it
# is not allowed, but is warned of.
daemon=(-Xms16m -Xmx1g -XX:-ShrinkHeapInSteps -XX:MinHeapFreeRatio=20 -XX:MaxHeapFreeRatio=40
  -XX:+UseCompactObjectHeaders --sun-misc-unsafe-memory-access=allow)
# The selector provider is the JDK's own: asked for by name, it is not looked for in every jar, which
# took a quarter of a command's time. Reflection by native calls spins no classes for one use.
client=(-XX:TieredStopAtLevel=1 -Djdk.reflect.useNativeAccessorOnly=true
  -Djava.nio.channels.spi.SelectorProvider=sun.nio.ch.EPollSelectorProvider)
