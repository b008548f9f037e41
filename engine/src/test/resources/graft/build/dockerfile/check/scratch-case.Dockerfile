FROM busybox AS one
FROM Scratch
