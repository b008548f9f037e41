FROM busybox
COPY <<EOF <<"LIT" /x/
$AA ${BB:-$CC} \$DD '$EE'
EOF
$FF
LIT
