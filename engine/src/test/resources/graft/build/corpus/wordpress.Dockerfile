FROM debian:1
RUN set -eux; \
	docker_php_ext() { echo "$@" >> /ext; }; \
	docker_php_ext bcmath exif gd; \
	docker_php_ext \
		intl \
		mysqli \
		zip \
	; \
	[ "$(wc -l < /ext)" = 2 ]
RUN { \
# https://www.php.net/manual/en/errorfunc.constants.php
		echo 'error_reporting = E_ERROR | E_WARNING'; \
		echo 'display_errors = Off'; \
	} > /etc/error-logging.ini
RUN set -eux; \
	version='6.6.1'; \
	sha1='cce19f83ec1bc5d4b2ce4ce2fb4a1a6b5ea6ad1a'; \
	mkdir -p /usr/src/wordpress/wp-content; \
	[ ! -e /usr/src/wordpress/.htaccess ]; \
	{ \
		echo '# BEGIN WordPress'; \
		echo 'RewriteRule ^index\.php$ - [L]'; \
		echo 'RewriteCond %{REQUEST_FILENAME} !-f'; \
	} > /usr/src/wordpress/.htaccess; \
	chown -R www-data:www-data /usr/src/wordpress; \
	for dir in /usr/src/wordpress/wp-content/*/ cache; do \
		dir="$(basename "${dir%/}")"; \
		mkdir -p "/usr/src/wordpress/wp-content/$dir"; \
	done
VOLUME /var/www/html
COPY --chown=www-data:www-data index.php /usr/src/wordpress/wp-config-docker.php
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["apache2-foreground"]
