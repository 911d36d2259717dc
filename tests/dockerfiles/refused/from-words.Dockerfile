FROM
FROM a b
FROM a AS b c
