ARG A=1 B=$A C=${B}2
FROM busybox:${C:+latest}
ARG A B C
LABEL x=$A$B$C
