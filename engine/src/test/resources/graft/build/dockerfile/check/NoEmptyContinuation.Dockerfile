FROM busybox
RUN echo a && \

  echo b
RUN echo \
  # a comment
  x
