FROM busybox
RUN --mount=type=cache,target=/x,ro=maybe true
