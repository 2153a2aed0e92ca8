package pickle

// The opcodes of the wire format, named as in Python's pickletools, with the protocol that brought
// them.
const (
	opMark           = '(' // 0
	opStop           = '.' // 0
	opPop            = '0' // 0
	opPopMark        = '1' // 1
	opDup            = '2' // 0
	opFloat          = 'F' // 0
	opInt            = 'I' // 0
	opBinInt         = 'J' // 1
	opBinInt1        = 'K' // 1
	opLong           = 'L' // 0
	opBinInt2        = 'M' // 1
	opNone           = 'N' // 0
	opPersID         = 'P' // 0
	opBinPersID      = 'Q' // 1
	opReduce         = 'R' // 0
	opString         = 'S' // 0
	opBinString      = 'T' // 1
	opShortBinString = 'U' // 1
	opUnicode        = 'V' // 0
	opBinUnicode     = 'X' // 1
	opAppend         = 'a' // 0
	opBuild          = 'b' // 0
	opGlobal         = 'c' // 0
	opDict           = 'd' // 0
	opEmptyDict      = '}' // 1
	opAppends        = 'e' // 1
	opGet            = 'g' // 0
	opBinGet         = 'h' // 1
	opInst           = 'i' // 0
	opLongBinGet     = 'j' // 1
	opList           = 'l' // 0
	opEmptyList      = ']' // 1
	opObj            = 'o' // 1
	opPut            = 'p' // 0
	opBinPut         = 'q' // 1
	opLongBinPut     = 'r' // 1
	opSetItem        = 's' // 0
	opTuple          = 't' // 0
	opEmptyTuple     = ')' // 1
	opSetItems       = 'u' // 1
	opBinFloat       = 'G' // 1

	opBinBytes      = 'B' // 3
	opShortBinBytes = 'C' // 3

	opProto    = 0x80 // 2
	opNewObj   = 0x81 // 2
	opExt1     = 0x82 // 2
	opExt2     = 0x83 // 2
	opExt4     = 0x84 // 2
	opTuple1   = 0x85 // 2
	opTuple2   = 0x86 // 2
	opTuple3   = 0x87 // 2
	opNewTrue  = 0x88 // 2
	opNewFalse = 0x89 // 2
	opLong1    = 0x8a // 2
	opLong4    = 0x8b // 2

	opShortBinUnicode = 0x8c // 4
	opBinUnicode8     = 0x8d // 4
	opBinBytes8       = 0x8e // 4
	opEmptySet        = 0x8f // 4
	opAddItems        = 0x90 // 4
	opFrozenSet       = 0x91 // 4
	opNewObjEx        = 0x92 // 4
	opStackGlobal     = 0x93 // 4
	opMemoize         = 0x94 // 4
	opFrame           = 0x95 // 4

	opByteArray8     = 0x96 // 5
	opNextBuffer     = 0x97 // 5
	opReadonlyBuffer = 0x98 // 5
)
