FROM debian:1
ENV PHP_MEMORY_LIMIT 512M
ENV PHP_UPLOAD_LIMIT 512M
RUN { \
        echo 'memory_limit=${PHP_MEMORY_LIMIT}'; \
        echo 'upload_max_filesize=${PHP_UPLOAD_LIMIT}'; \
    } > /etc/nextcloud.ini; \
    mkdir -p /var/www/data /var/www/html; \
    mkdir -p /docker-entrypoint-hooks.d/pre-installation \
             /docker-entrypoint-hooks.d/post-installation; \
    chown -R www-data:root /var/www; \
    chmod -R g=u /var/www
VOLUME /var/www/html
ENV NEXTCLOUD_VERSION 29.0.4
COPY *.php *.ini* /
COPY conf/*.ini /usr/src/nextcloud/config/
ENTRYPOINT ["/entrypoint.sh"]
CMD ["apache2-foreground"]
