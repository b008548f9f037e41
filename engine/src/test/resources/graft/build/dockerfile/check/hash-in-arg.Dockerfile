FROM busybox
ENV A=b#c D=#x
LABEL a=$A #b
