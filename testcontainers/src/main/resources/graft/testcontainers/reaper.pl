# Speaks the protocol of Ryuk, the reaper of Testcontainers, for machines that cannot pull its image.
# A client connects to port 8080 and sends lines such as "label=a%3D1&label=b%3D2", each of which is
# answered by "ACK". When the last client has been gone for ten seconds, everything that has all the
# labels of one of the lines is removed: containers, networks, volumes, images.
#
# No modules: the image has perl and its shared libraries, nothing else.
BEGIN { $^H |= 0x602; $^W = 1 } # what "use strict" and "use warnings" do

my $engine = $ARGV[0] // '/var/run/docker.sock';
my ($for_the_first, $for_the_next) = (60, 10); # seconds to wait for a client

my ($UNIX, $INET, $STREAM) = (1, 2, 1);
$| = 1;
$SIG{PIPE} = 'IGNORE';

socket(my $server, $INET, $STREAM, 0) or die "cannot make a socket: $!\n";
bind($server, pack('S n a4 x8', $INET, 8080, "\0\0\0\0")) or die "cannot use port 8080: $!\n";
listen($server, 16) or die "cannot listen on port 8080: $!\n";
print "Started\n"; # what Testcontainers waits for

my (%line, %client, %unread);
my $patience = $for_the_first;
while (1) {
  my $wanted = '';
  vec($wanted, fileno $_, 1) = 1 for $server, values %client;
  my $ready = select(my $readable = $wanted, undef, undef, %client ? undef : $patience);
  last if $ready == 0;
  next if $ready < 0;
  if (vec($readable, fileno $server, 1) && accept(my $new, $server)) {
    $client{fileno $new} = $new;
    $unread{fileno $new} = '';
    $patience = $for_the_next;
  }
  for my $number (keys %client) {
    next unless vec($readable, $number, 1);
    if (!sysread($client{$number}, $unread{$number}, 4096, length $unread{$number})) {
      close delete $client{$number};
      delete $unread{$number};
      next;
    }
    while ($unread{$number} =~ s/^([^\n]*)\n//) {
      my $labels = $1 =~ s/\r$//r;
      $line{$labels} = 1 if length $labels;
      syswrite $client{$number}, "ACK\n";
    }
  }
}
close $server;

my $failed = 0;
remove($_) for sort keys %line;
print "done\n";
exit $failed;

sub remove {
  my @labels;
  for my $part (split /&/, shift) {
    my ($key, $value) = map { s/\+/ /gr =~ s/%([0-9a-fA-F]{2})/chr hex $1/ger } split /=/, $part, 2;
    push @labels, $value if $key eq 'label' && defined $value;
  }
  return unless @labels; # without labels it would be everything
  my $filters = '{"label":[' . join(',', map { '"' . s/(["\\])/\\$1/gr . '"' } @labels) . ']}';
  $filters =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ge;
  for my $kind (
    ['containers/json?all=1&', 'Id', 2, 'containers', 'force=1&v=1'],
    ['networks?', 'Id', 2, 'networks', ''],
    ['volumes?', 'Name', 3, 'volumes', 'force=1'],
    ['images/json?', 'Id', 2, 'images', 'force=1'],
  ) {
    my ($list, $key, $depth, $noun, $options) = @$kind;
    for my $id (values_of(ask('GET', "/$list" . "filters=$filters"), $key, $depth)) {
      print "removing $noun $id\n";
      ask('DELETE', "/$noun/$id?$options");
    }
  }
}

# What the engine answers; 404 and 409 are the answers about what is just being removed.
sub ask {
  my ($method, $path) = @_;
  my ($answer, $socket) = ('');
  if (!socket($socket, $UNIX, $STREAM, 0) || !connect($socket, pack('S a*', $UNIX, "$engine\0"))) {
    print "cannot reach the engine at $engine: $!\n";
    $failed = 1;
    return '';
  }
  syswrite $socket, "$method $path HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n";
  1 while sysread $socket, $answer, 65536, length $answer;
  my ($head, $body) = split /\r\n\r\n/, $answer, 2;
  my ($status) = ($head // '') =~ m{^HTTP/1\.\d (\d+)};
  if (!defined $status || $status >= 400 && $status != 404 && $status != 409) {
    print "$method $path: ", $status // 'no answer', ' ', $body // '', "\n";
    $failed = 1;
    return '';
  }
  return $body unless $head =~ /^transfer-encoding:\s*chunked/mi;
  my $whole = '';
  while ($body =~ s/^([0-9a-fA-F]+)[^\n]*\n// && hex $1) {
    my $size = hex $1;
    $whole .= substr $body, 0, $size;
    $body = substr $body, $size + 2;
  }
  return $whole;
}

# The strings that belong to a key at one depth of a JSON text: a label of that name is deeper.
sub values_of {
  my ($json, $key, $wanted) = @_;
  my ($depth, $is_value, @found) = (0, 0);
  my $before = '';
  while ($json =~ /\G\s*("(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s"\[\]{},:]+)/gc) {
    my $token = $1;
    $depth++ if $token =~ /^[\[{]/;
    $depth-- if $token =~ /^[\]}]/;
    push @found, substr $token, 1, -1
      if $depth == $wanted && $is_value && $before eq "\"$key\"" && $token =~ /^"/;
    $is_value = $token eq ':';
    $before = $token unless $is_value;
  }
  return @found;
}
