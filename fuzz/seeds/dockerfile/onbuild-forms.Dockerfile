FROM a
ONBUILD RUN a
onbuild copy a b
ONBUILD UNKNOWN a
