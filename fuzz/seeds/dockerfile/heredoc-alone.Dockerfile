FROM a
RUN <<EOF
a \
# no comment

FROM b
EOF
RUN c
