module example.com/sandbox-api

go 1.26
