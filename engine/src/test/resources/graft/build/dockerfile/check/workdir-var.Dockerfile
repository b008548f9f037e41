FROM busybox
ARG D=rel
WORKDIR $D
