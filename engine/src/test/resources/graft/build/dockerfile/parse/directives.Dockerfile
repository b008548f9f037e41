# syntax=docker/dockerfile:1.7-labs extra words
# escape=`
# check=skip=A,B;error=true;experimental=all
# plain comment
# escape=\
FROM windows `
  AS x
COPY a.txt C:\dir\
RUN echo a`
 b\
ENV P="C:\x`"y" Q=a` b
USER ContainerUser