FROM debian:1
RUN set -eux; \
	\
	savedAptMark="one two"; \
	for mark in $savedAptMark; do \
		echo "$mark" >> /marks; \
	done; \
	rm /marks
RUN { \
		echo 'opcache.memory_consumption=128'; \
		echo 'opcache.interned_strings_buffer=8'; \
		echo 'opcache.revalidate_freq=60'; \
	} > /etc/opcache-recommended.ini
ENV DRUPAL_VERSION 11.0.1
WORKDIR /opt/drupal
RUN set -eux; \
	export COMPOSER_HOME="$(mktemp -d)"; \
	mkdir -p web; echo "$DRUPAL_VERSION" > web/VERSION; \
	chown -R www-data:www-data web; \
	rm -rf "$COMPOSER_HOME"
ENV PATH=${PATH}:/opt/drupal/vendor/bin
