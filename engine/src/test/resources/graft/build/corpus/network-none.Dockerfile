FROM base:1
RUN --network=none ip link 2>/dev/null | grep -c '^[0-9]' > /links; cat /links
RUN --network=default true
