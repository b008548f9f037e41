FROM debian:1 AS curl
RUN set -eux; mkdir -p /etc/buildpack; echo curl >> /etc/buildpack/list
FROM curl AS scm
RUN set -eux; echo git >> /etc/buildpack/list
FROM scm
RUN set -ex; \
	for p in \
		autoconf \
		automake \
# only some have it
		bzip2 \
		$(if true; then echo default-libmysqlclient-dev; fi) \
	; do echo "$p" >> /etc/buildpack/list; done
