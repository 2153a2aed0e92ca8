//go:build gc && !race && !jackdaw_portable

#include "go_asm.h"
#include "textflag.h"

// The memory of a call is asked for so many calls before its turn, and no more bytes of its attrs.
#define CALLS_AHEAD 4
#define MAX_ATTRS_AHEAD 512

// PUBLISH stores that one more call was left in the shard at BX, and asks for memory by PREFETCHW, which the assembler
// has no name for: for (AX) and 64(AX), where the call stands that comes CALLS_AHEAD calls after the one at AX, and for
// the lines from CX to DX, where its attrs stand, of 40 bytes each, if it and those before it have R8 of them, as this one.
#define PUBLISH \
	INCQ shard_left(BX); \
	ADDQ $(CALLS_AHEAD*call__size), AX; \
	BYTE $0x0f; BYTE $0x0d; BYTE $0x08; \
	BYTE $0x0f; BYTE $0x0d; BYTE $0x48; BYTE $0x40; \
	MOVQ (shard_attrs+8)(BX), CX; \
	LEAQ (R8)(R8*2), DX; \
	ADDQ DX, CX; \
	LEAQ (CX)(CX*4), CX; \
	LEAQ (R8)(R8*4), DX; \
	SHLQ $3, CX; \
	SHLQ $3, DX; \
	ADDQ shard_attrs(BX), CX; \
	CMPQ DX, $MAX_ATTRS_AHEAD; \
	JLS  few; \
	MOVQ $MAX_ATTRS_AHEAD, DX; \
few: \
	ADDQ CX, DX; \
next: \
	CMPQ CX, DX; \
	JHS  done; \
	BYTE $0x0f; BYTE $0x0d; BYTE $0x09; \
	ADDQ $64, CX; \
	JMP  next; \
done: \
	RET

// func publish(s *shard, c *call, n int)
TEXT ·publish(SB), NOSPLIT|NOFRAME, $0-24
	MOVQ s+0(FP), BX
	MOVQ c+8(FP), AX
	MOVQ n+16(FP), R8
	PUBLISH

// func publishTicked(s *shard, c *call, n int)
TEXT ·publishTicked(SB), NOSPLIT|NOFRAME, $0-24
	RDTSC
	SHLQ $32, DX
	ORQ  AX, DX
	MOVQ s+0(FP), BX
	MOVQ c+8(FP), AX
	MOVQ n+16(FP), R8
	MOVQ DX, call_key(AX)
	PUBLISH
