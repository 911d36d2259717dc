FROM a
LABEL a b
LABEL "com.example.a b"="c d" e=f \
  g=h
