# something else
ARG A=1
FROM busybox
