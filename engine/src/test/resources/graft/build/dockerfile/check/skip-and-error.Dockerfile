# check=skip=FromAsCasing;error=true
FROM busybox as x
CMD foo
