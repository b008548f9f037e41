FROM later
FROM busybox AS later
