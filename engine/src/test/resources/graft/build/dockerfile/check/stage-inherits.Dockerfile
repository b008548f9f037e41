FROM busybox AS a
ARG X=1
ENV Y=2
FROM a
LABEL l=$X$Y$Z
