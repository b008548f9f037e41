# check=error=true
FROM busybox AS x
