FROM a
RUN ["a", "b c", "\u0064\"e"]
ENTRYPOINT []
CMD [ ]
