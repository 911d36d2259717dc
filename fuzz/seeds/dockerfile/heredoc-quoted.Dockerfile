FROM a
RUN <<"EOF"
$a
EOF
RUN <<E"O"F
$a
EOF
RUN <<'E'
$b
E
