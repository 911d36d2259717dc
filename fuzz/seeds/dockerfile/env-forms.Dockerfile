FROM a
ENV a b c
ENV a=b c="d e" f='g h' i=j\ k l=
ENV "quoted name"=x
ENV path=C:\\x
