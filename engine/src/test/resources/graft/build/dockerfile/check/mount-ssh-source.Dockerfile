FROM busybox
RUN --mount=type=ssh,source=b true
