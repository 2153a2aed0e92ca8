package logrecord

// Key is a key that the table of the package gives a meaning.
type Key uint8

// The keys of the table. Other is any that is not in it.
const (
	Other Key = iota
	Name
	Msg
	Args
	LevelName
	LevelNo
	PathName
	FileName
	Module
	ExcInfo
	ExcText
	StackInfo
	LineNo
	FuncName
	Created
	Msecs
	RelativeCreated
	ThreadID
	ThreadName
	ProcessName
	ProcessID
	TaskName
	Message
	Asctime

	NumKeys
)

var keyNames = [NumKeys]string{
	"", "name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module", "exc_info", "exc_text",
	"stack_info", "lineno", "funcName", "created", "msecs", "relativeCreated", "thread", "threadName",
	"processName", "process", "taskName", "message", "asctime",
}

// String returns the key as Python spells it.
func (k Key) String() string { return keyNames[k] }

// MaxKeyLen is the length of the longest key of the table.
const MaxKeyLen = len("relativeCreated")

// KeyOf returns the key of the table that is spelled so, else Other.
func KeyOf(key []byte) Key {
	switch string(key) { // no copy is made
	case "name":
		return Name
	case "msg":
		return Msg
	case "args":
		return Args
	case "levelname":
		return LevelName
	case "levelno":
		return LevelNo
	case "pathname":
		return PathName
	case "filename":
		return FileName
	case "module":
		return Module
	case "exc_info":
		return ExcInfo
	case "exc_text":
		return ExcText
	case "stack_info":
		return StackInfo
	case "lineno":
		return LineNo
	case "funcName":
		return FuncName
	case "created":
		return Created
	case "msecs":
		return Msecs
	case "relativeCreated":
		return RelativeCreated
	case "thread":
		return ThreadID
	case "threadName":
		return ThreadName
	case "processName":
		return ProcessName
	case "process":
		return ProcessID
	case "taskName":
		return TaskName
	case "message":
		return Message
	case "asctime":
		return Asctime
	}
	return Other
}
