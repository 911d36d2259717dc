FROM a
RUN cat <<A <<B && 3<<C cat
a
A
b
B
c
C
RUN d
