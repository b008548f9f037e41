FROM debian:1
ENV LANG C.UTF-8
ARG STACK=3.1.1
ARG STACK_RELEASE_KEY=C5705533DA4F78D8664B5DC0575159689BEFB442
RUN set -eux; cd /tmp; ARCH="$(dpkg-architecture --query DEB_BUILD_GNU_CPU 2>/dev/null || uname -m)"; \
    case "$ARCH" in *64) echo "stack-${STACK}-linux-${ARCH}" > /usr/local/bin/stack;; *) exit 1;; esac
# ghci
CMD ["ghci"]
