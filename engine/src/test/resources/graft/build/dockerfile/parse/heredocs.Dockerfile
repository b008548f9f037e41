FROM busybox
RUN <<EOF
echo one
  echo $TWO
EOF
RUN <<-EOT
	echo chomped
		echo twice
	EOT
RUN <<"EOF"
#!/bin/sh
echo script
EOF
RUN python3 <<'PY' && cat <<X > /x
print("a")
PY
x
X
RUN << EOF
blank before the name
EOF
RUN <<FILE1 cat > file1 && <<FILE2 cat > file2
I am first
FILE1
I am second
FILE2
RUN 3<<EOF cat <&3
third
EOF
RUN --mount=type=tmpfs,target=/t <<EOF
EOF
RUN echo "<<EOF" \<<EOF 2<3 a<<<b
RUN echo $((1<<2))
RUN ["cat", "<<EOF"]
COPY <<EOF /one
$ONE
EOF
COPY --chmod=0644 <<-"TWO" plain <<'THREE' /dir/
	$NOT \$replaced
	TWO
three
THREE
ADD <<robots.txt <<index.html /usr/share/
User-agent: *
robots.txt
<p>$(x)</p>

index.html
ONBUILD RUN <<EOF
echo later
EOF
onbuild copy <<EOF /x
y
EOF
CMD cat <<EOF
