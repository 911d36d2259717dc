ARG A
FROM ${A:-a} AS b
FROM b
