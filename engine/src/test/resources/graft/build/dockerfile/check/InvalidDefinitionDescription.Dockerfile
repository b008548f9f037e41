# check=experimental=all
# something else
ARG A=1
# A is good
ARG A=1
# foo bar
FROM busybox AS base
# bar
FROM base
# baz
ARG X=1 Y=2
# base

FROM base AS z
