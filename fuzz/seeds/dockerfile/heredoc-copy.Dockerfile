FROM a
COPY <<EOF <<-"X" /dir/
$a
EOF
	x
	X
ADD --chmod=755 <<go.sh /go.sh
#!/bin/sh
go.sh
USER b
