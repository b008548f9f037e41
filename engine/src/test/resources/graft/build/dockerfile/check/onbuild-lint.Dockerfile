FROM busybox AS a
ONBUILD ENV x y
ONBUILD COPY $nope /x
FROM a
CMD ["x"]
