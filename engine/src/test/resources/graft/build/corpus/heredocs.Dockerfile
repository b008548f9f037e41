FROM base:1
ARG WHO=world
RUN <<EOF
set -e
mkdir -p /srv
echo "hello $WHO" > /srv/hello
EOF
RUN <<SCRIPT
#!/bin/sh
echo "from $0" > /srv/script
SCRIPT
RUN cat <<ONE > /srv/one && cat <<-TWO > /srv/two
not expanded by the frontend: $WHO
ONE
	tabs go
	TWO
COPY <<EOF /srv/expanded
$WHO
EOF
COPY <<"EOF" /srv/literal
$WHO \$x "quotes"
EOF
