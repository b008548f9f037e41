ARG BASE=base:1
FROM ${BASE}
LABEL org.opencontainers.image.title="tool" \
      org.opencontainers.image.description="A tool, \"quoted\"" \
      org.opencontainers.image.licenses='MIT'
RUN printf '#!/bin/sh\necho tool "$@"\n' > /bin/tool && chmod +x /bin/tool
ENTRYPOINT ["tool"]
CMD ["--help"]
