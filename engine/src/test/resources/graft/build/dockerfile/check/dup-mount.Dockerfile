FROM busybox
RUN --mount=type=cache,target=/a --network=none --network=host x
