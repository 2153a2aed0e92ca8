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

// opcodeGroup is what an opcode is about, which is where it is done.
type opcodeGroup uint8

const (
	opUnknown opcodeGroup = iota
	opControl
	opScalar
	opText
	opContainer
	opObject
	opMemo
)

// opcodes are what is known of each opcode: its name in pickletools, for errors, and its group.
var opcodes = [256]struct {
	name  string
	group opcodeGroup
}{
	opMark:    {"MARK", opControl},
	opStop:    {"STOP", opControl},
	opPop:     {"POP", opControl},
	opPopMark: {"POP_MARK", opControl},
	opDup:     {"DUP", opControl},
	opNone:    {"NONE", opControl},
	opProto:   {"PROTO", opControl},
	opFrame:   {"FRAME", opControl},

	opFloat:           {"FLOAT", opScalar},
	opInt:             {"INT", opScalar},
	opBinInt:          {"BININT", opScalar},
	opBinInt1:         {"BININT1", opScalar},
	opLong:            {"LONG", opScalar},
	opBinInt2:         {"BININT2", opScalar},
	opBinFloat:        {"BINFLOAT", opScalar},
	opNewTrue:         {"NEWTRUE", opScalar},
	opNewFalse:        {"NEWFALSE", opScalar},
	opLong1:           {"LONG1", opScalar},
	opLong4:           {"LONG4", opScalar},
	opString:          {"STRING", opText},
	opBinString:       {"BINSTRING", opText},
	opShortBinString:  {"SHORT_BINSTRING", opText},
	opUnicode:         {"UNICODE", opText},
	opBinUnicode:      {"BINUNICODE", opText},
	opBinBytes:        {"BINBYTES", opText},
	opShortBinBytes:   {"SHORT_BINBYTES", opText},
	opShortBinUnicode: {"SHORT_BINUNICODE", opText},
	opBinUnicode8:     {"BINUNICODE8", opText},
	opBinBytes8:       {"BINBYTES8", opText},
	opByteArray8:      {"BYTEARRAY8", opText},
	opAppend:          {"APPEND", opContainer},
	opDict:            {"DICT", opContainer},
	opEmptyDict:       {"EMPTY_DICT", opControl},
	opAppends:         {"APPENDS", opContainer},
	opList:            {"LIST", opContainer},
	opEmptyList:       {"EMPTY_LIST", opControl},
	opSetItem:         {"SETITEM", opContainer},
	opTuple:           {"TUPLE", opContainer},
	opEmptyTuple:      {"EMPTY_TUPLE", opContainer},
	opSetItems:        {"SETITEMS", opContainer},
	opTuple1:          {"TUPLE1", opContainer},
	opTuple2:          {"TUPLE2", opContainer},
	opTuple3:          {"TUPLE3", opContainer},
	opEmptySet:        {"EMPTY_SET", opContainer},
	opAddItems:        {"ADDITEMS", opContainer},
	opFrozenSet:       {"FROZENSET", opContainer},
	opPersID:          {"PERSID", opObject},
	opBinPersID:       {"BINPERSID", opObject},
	opReduce:          {"REDUCE", opObject},
	opBuild:           {"BUILD", opObject},
	opGlobal:          {"GLOBAL", opObject},
	opInst:            {"INST", opObject},
	opObj:             {"OBJ", opObject},
	opNewObj:          {"NEWOBJ", opObject},
	opExt1:            {"EXT1", opObject},
	opExt2:            {"EXT2", opObject},
	opExt4:            {"EXT4", opObject},
	opNewObjEx:        {"NEWOBJ_EX", opObject},
	opStackGlobal:     {"STACK_GLOBAL", opObject},
	opNextBuffer:      {"NEXT_BUFFER", opObject},
	opReadonlyBuffer:  {"READONLY_BUFFER", opObject},
	opGet:             {"GET", opMemo},
	opBinGet:          {"BINGET", opMemo},
	opLongBinGet:      {"LONG_BINGET", opMemo},
	opPut:             {"PUT", opMemo},
	opBinPut:          {"BINPUT", opMemo},
	opLongBinPut:      {"LONG_BINPUT", opMemo},
	opMemoize:         {"MEMOIZE", opMemo},
}

// opcode returns the name of an opcode.
func opcode(op byte) string { return opcodes[op].name }
