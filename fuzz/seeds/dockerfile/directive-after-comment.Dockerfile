# a comment
# escape=`
FROM a
RUN x \
  y
