# V the <version> & more
ARG V=1
ARG W=${V}2 UNUSED

# base is "the base"
FROM busybox AS base
ARG W
ARG TARGETARCH
RUN --mount=type=secret,id=foo,required \
  --mount=type=ssh echo $Y

# längere is what ünïcode is
FROM --platform=$BUILDPLATFORM base AS l
ARG Z="3 4" Q
RUN --mount=type=secret,target=/x <<EOF
foo
EOF
cmd foo $B
FROM l AS final
COPY --from=base /x /y
MAINTAINER x
ENV B=$LONG \
   C=1 \
   D=2 \
   E=3
FROM busybox
RUN --mount=type=ssh,id=other,required true
