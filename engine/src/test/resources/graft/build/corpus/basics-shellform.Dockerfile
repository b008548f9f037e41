FROM base:1
MAINTAINER Jane Doe <jane@example.com>
ENV TERM xterm-256color
ENV GREETING hello   world
ADD README.md /
RUN cat /README.md
CMD echo $GREETING
