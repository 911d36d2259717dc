FROM a
RUN [ -f /x ] && y
RUN [[ -f /x ]] || y
CMD [ "$A" = b ] && c
