//go:build gc && !race && !jackdaw_portable

#include "textflag.h"

// func Read() int64
TEXT ·Read(SB), NOSPLIT|NOFRAME, $0-8
	RDTSC
	SHLQ $32, DX
	ORQ  DX, AX
	MOVQ AX, ret+0(FP)
	RET
