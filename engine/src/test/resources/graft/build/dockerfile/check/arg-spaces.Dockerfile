FROM busybox
ARG A = b
