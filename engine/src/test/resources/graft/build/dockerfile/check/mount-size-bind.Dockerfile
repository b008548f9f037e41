FROM busybox
RUN --mount=target=/x,size=1m true
