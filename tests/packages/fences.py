"""Prints the fence number N (from 1) of one language of a page: fences.py PAGE LANGUAGE N."""

import re
import sys

page, language, number = sys.argv[1:]
with open(page, encoding="utf-8") as file:
    found = re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.M | re.S)
print(found[int(number) - 1], end="")
