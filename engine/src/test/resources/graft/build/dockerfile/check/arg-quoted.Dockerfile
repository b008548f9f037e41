FROM busybox
ARG "A"=1 B='2 3'
LABEL x=$A
