FROM busybox
ENV \
  A=$UNSET \
  B=1
COPY <<EOF $NO
x
EOF
