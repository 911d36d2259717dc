FROM a
COPY --from=b --chown=1:2 --chmod=755 --link --exclude=*.md --exclude=x c d
COPY --link=false --parents a b /c/
ADD --checksum=sha256:0 --keep-git-dir=true --unpack=TRUE https://x/y /z
