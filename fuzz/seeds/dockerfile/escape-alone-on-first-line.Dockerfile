\
FROM a
\
  RUN b
