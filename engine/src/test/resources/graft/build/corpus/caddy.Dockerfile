FROM base:1
RUN mkdir -p \
	/config/caddy \
	/data/caddy \
	/etc/caddy \
	/usr/share/caddy
COPY --chmod=0644 <<-'EOF' /etc/caddy/Caddyfile
	:80 {
		root * /usr/share/caddy
		file_server
	}
	EOF
COPY app/public/ /usr/share/caddy/
ENV XDG_CONFIG_HOME /config
ENV XDG_DATA_HOME /data
LABEL org.opencontainers.image.version=v2.8.4
LABEL org.opencontainers.image.title=Caddy
EXPOSE 80
EXPOSE 443
EXPOSE 443/udp
EXPOSE 2019
WORKDIR /srv
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
