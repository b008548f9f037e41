FROM debian:1
WORKDIR /usr/src/perl
RUN perl -v | head -2 \
    && perl -e 'open my $f, ">", "/usr/src/perl/made" or die; print $f "$]\n"; print $f join(",", map { $_ * 2 } 1..3), "\n";' \
    && true
WORKDIR /usr/src/app
CMD ["perl5.40.0","-de0"]
