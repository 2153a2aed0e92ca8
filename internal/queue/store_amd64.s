//go:build gc && !race && !jackdaw_portable

#include "textflag.h"

// func storeLate(to *atomic.Uint64, n uint64, call, attrs, end uintptr)
TEXT ·storeLate(SB), NOSPLIT, $0-40
	MOVQ to+0(FP), DX
	MOVQ n+8(FP), BX
	MOVQ BX, (DX)

	// PREFETCHW, which the assembler has no name for, of the call's lines and of those up to end.
	MOVQ call+16(FP), AX
	BYTE $0x0f; BYTE $0x0d; BYTE $0x08             // (AX)
	BYTE $0x0f; BYTE $0x0d; BYTE $0x48; BYTE $0x40 // 64(AX)
	MOVQ attrs+24(FP), AX
	MOVQ end+32(FP), CX

next:
	CMPQ AX, CX
	JHS  done
	BYTE $0x0f; BYTE $0x0d; BYTE $0x08             // (AX)
	ADDQ $64, AX
	JMP  next

done:
	RET
