FROM busybox AS a
CMD ["x"]
FROM a
CMD ["y"]
