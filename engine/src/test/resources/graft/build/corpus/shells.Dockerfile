FROM debian:1
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN a=(one two three); printf '%s\n' "${a[@]}" > /array
RUN echo one | tee /piped | wc -l
SHELL ["/bin/sh", "-c"]
RUN echo "$0" > /shell
RUN ["/bin/bash", "-c", "echo exec form > /exec"]
CMD echo one && echo two
