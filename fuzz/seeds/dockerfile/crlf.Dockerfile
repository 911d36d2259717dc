FROM a
RUN x \
  y
RUN <<EOF
z
EOF
CMD ["a"]
