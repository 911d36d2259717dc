FROM a
RUN x \
# one
  # two \
  && y
ENV a=b \
# three
  c=d
