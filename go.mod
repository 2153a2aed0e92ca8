module github.com/jackdaw-log/jackdaw

go 1.26
