AR\
G A=1
F\
ROM a:$A
RU\
N b
