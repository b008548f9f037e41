FROM base:1
# a single file and a user who may not write it
RUN mkdir -p /etc \
 && echo 'adminer:x:101:' >> /etc/group \
 && echo 'adminer:x:100:101::/var/www/html:/bin/sh' >> /etc/passwd \
 && mkdir -p /var/www/html/plugins-enabled \
 && chown -R adminer:adminer /var/www/html
WORKDIR /var/www/html
COPY index.php ./
COPY scripts/docker-entrypoint.sh /usr/local/bin/
ENV ADMINER_VERSION=4.8.1 \
    ADMINER_DOWNLOAD_SHA256=2fd7e6d8f987b243ab1839249551f62adce19704c47d3d0c8dd9e57ea5b9c6b3
ENTRYPOINT ["docker-entrypoint.sh", "docker-php-entrypoint"]
USER adminer
CMD ["php", "-S", "[::]:8080", "-t", "/var/www/html"]
EXPOSE 8080
