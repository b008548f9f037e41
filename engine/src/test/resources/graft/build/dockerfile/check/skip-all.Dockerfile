# check=skip=all
FROM busybox as x
CMD foo
