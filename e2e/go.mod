module github.com/jackdaw-log/jackdaw/e2e

go 1.26.0

require github.com/jackdaw-log/jackdaw v0.0.0

replace github.com/jackdaw-log/jackdaw => ../
