FROM a
CMD [["b"]]
ENTRYPOINT ["a", 1]
SHELL []
