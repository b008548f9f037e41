FROM base:1 AS build
ENV PATH /usr/local/go/bin:$PATH
ENV GOLANG_VERSION 1.24.1
RUN set -eux; \
	now="$(date '+%s')"; \
	arch="$(uname -m)"; \
	url=; \
	case "$arch" in \
		'x86_64') url='https://dl.example.com/go1.24.1.linux-amd64.tar.gz'; sha256='0' ;; \
		'aarch64') url='https://dl.example.com/go1.24.1.linux-arm64.tar.gz'; sha256='1' ;; \
		*) echo >&2 "error: unsupported architecture '$arch'"; exit 1 ;; \
	esac; \
	mkdir -p /target/usr/local/go/bin; \
	echo "$url" > /target/usr/local/go/VERSION
FROM base:1
ENV GOLANG_VERSION 1.24.1
ENV GOTOOLCHAIN=local
ENV GOPATH /go
ENV PATH $GOPATH/bin:/usr/local/go/bin:$PATH
COPY --from=build --link /target/ /
RUN mkdir -p "$GOPATH/src" "$GOPATH/bin" && chmod -R 1777 "$GOPATH"
WORKDIR $GOPATH
