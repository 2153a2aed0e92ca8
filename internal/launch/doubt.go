package launch

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// python matches the names that interpreters have: python, python3.11, pypy3, and python3.11d with letters for how it was
// built.
var python = regexp.MustCompile(`^(python|pypy)[0-9.]*[a-z]*(\.exe)?$`)

// Doubt says why a program, found at path, may not send what it logs, in a sentence that says what would help; it is
// empty where nothing speaks against it. argv[0] is the program as it was called.
func Doubt(path string, argv []string) string {
	name := filepath.Base(path)
	if python.MatchString(name) {
		return flagDoubt(name, argv[1:])
	}
	interpreter, args, script := shebang(path)
	if !script {
		return fmt.Sprintf("%s is not Python; what it logs is not sent, but for the Python programs that it starts", name)
	}
	if base := filepath.Base(interpreter); python.MatchString(base) {
		return flagDoubt(base, args)
	}
	return "" // a shell script, most likely: who knows what it starts
}

// flagDoubt looks for the options of Python that keep it from looking for the module.
func flagDoubt(name string, args []string) string {
	for _, arg := range args {
		if len(arg) < 2 || arg[0] != '-' || arg == "--" || strings.HasPrefix(arg, "--") {
			return ""
		}
		for _, letter := range arg[1:] {
			switch letter {
			case 'E', 'I':
				return fmt.Sprintf("%s -%c takes no notice of PYTHONPATH, so that nothing it logs is sent; leave -%c out, or give the program a SocketHandler (jackdaw help run)",
					name, letter, letter)
			case 'S':
				return fmt.Sprintf("%s -S imports no sitecustomize, so that nothing it logs is sent; leave -S out, or give the program a SocketHandler (jackdaw help run)", name)
			case 'c', 'm', 'W', 'X': // the rest is its argument, or the program's arguments
				return ""
			}
		}
	}
	return ""
}

// shebang returns the interpreter of a script, and the arguments that it is given. What env(1) starts is
// what it names.
func shebang(path string) (interpreter string, args []string, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return "", nil, false
	}
	defer f.Close()
	line, err := io.ReadAll(io.LimitReader(f, 256)) // Linux reads no more
	if err != nil || !bytes.HasPrefix(line, []byte("#!")) {
		return "", nil, false
	}
	line, _, _ = bytes.Cut(line[2:], []byte("\n"))
	words := strings.Fields(string(line))
	if len(words) > 1 && filepath.Base(words[0]) == "env" {
		words = words[1:]
		if words[0] == "-S" {
			words = words[1:]
		}
	}
	if len(words) == 0 {
		return "", nil, false
	}
	return words[0], words[1:], true
}
