FROM busybox
ARG A=$B
ARG C=$A
