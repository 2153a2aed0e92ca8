//go:build gc && !jackdaw_portable

#include "textflag.h"

// func returnAddress() uintptr
//
// BP is the caller's: it points to where the BP before is saved, and above that is where the caller returns to.
TEXT ·returnAddress(SB), NOSPLIT|NOFRAME, $0-8
	MOVQ 8(BP), AX
	MOVQ AX, ret+0(FP)
	RET
