FROM a
RUN ['a']
CMD ["a",]
ENTRYPOINT ["a"
VOLUME ['/a']
