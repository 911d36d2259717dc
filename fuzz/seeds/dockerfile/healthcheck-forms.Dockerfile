FROM a
HEALTHCHECK NONE
HEALTHCHECK none
HEALTHCHECK --interval=1s --timeout=2s --start-period=3s --start-interval=4s --retries=5 CMD curl -f localhost
HEALTHCHECK CMD ["a"]
