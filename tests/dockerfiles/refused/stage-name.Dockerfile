FROM a AS 1b
FROM a AS b/c
