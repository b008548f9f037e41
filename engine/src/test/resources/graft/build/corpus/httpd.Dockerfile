FROM debian:1
ENV HTTPD_PREFIX /usr/local/apache2
ENV PATH $HTTPD_PREFIX/bin:$PATH
RUN mkdir -p "$HTTPD_PREFIX" \
	&& chown www-data:www-data "$HTTPD_PREFIX"
WORKDIR $HTTPD_PREFIX
ENV HTTPD_VERSION 2.4.62
ENV HTTPD_PATCHES="rewrite-windows-testchar-h.patch 1d5620574fa03b483262dc5b9a66a6906553389952ab5d3070a02f887cc20193"
RUN set -eux; \
	patches() { \
		while [ "$#" -gt 0 ]; do \
			local patchFile="$1"; shift; \
			local patchSha256="$1"; shift; \
			echo "$patchSha256 *$patchFile" >> patches.sum; \
		done; \
	}; \
	patches $HTTPD_PATCHES; \
	test -s patches.sum
STOPSIGNAL SIGWINCH
COPY app/public htdocs/
EXPOSE 80
CMD ["httpd-foreground"]
