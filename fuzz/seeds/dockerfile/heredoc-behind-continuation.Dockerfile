FROM a
RUN x \
  && cat <<EOF
a
EOF
RUN y
