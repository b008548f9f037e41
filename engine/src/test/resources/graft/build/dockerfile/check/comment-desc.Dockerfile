# x is
# check=skip=all
FROM busybox as x
