FROM busybox
RUN echo a \
    b \  
  # a comment
    # another
  c
RUN echo a && \

    echo b
RUN echo a \\
RUN echo 'a\
b' \
  \
  && true
  RUN  echo   indented   
	ENV	TAB=1	OTHER="a	b"
RUN \
  echo \
# at column 0
    x
LABEL a=1 \
      b=2 \
# c=3 \
      d=4
RUN echo trailing \
