FROM busybox
RUN --mount=type=tmpfs,target=/x,size=1x true
