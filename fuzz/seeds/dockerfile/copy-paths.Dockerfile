FROM a
COPY ../x /y
COPY / .
COPY *.js [a-c]? /x/
COPY --parents ./a/./b /c
