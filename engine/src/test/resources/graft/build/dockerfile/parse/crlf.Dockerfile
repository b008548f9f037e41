FROM busybox
RUN echo a \
  b
COPY <<EOF /x
line
EOF
ENV A=1
