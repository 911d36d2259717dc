FROM a
RUN --mount=type=secret,id=a,env=B,required --mount=type=cache,target=/x,sharing=locked --network=none --security=insecure --device=vendor.com/x=y z
