from a as Base
run b
copy c d
from BASE
